"""Speed, measured by hand: each module prints its figures."""
