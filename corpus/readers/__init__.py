"""One module a source kind; each turns files into documents."""
