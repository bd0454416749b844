"""Offline: documents in, one snapshot out."""
