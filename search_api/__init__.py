"""Online: a question in, a cited answer or an honest abstention out."""
