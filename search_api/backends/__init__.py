"""Where candidates come from: one snapshot on this machine, or a cluster."""
