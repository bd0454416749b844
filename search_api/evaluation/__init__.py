"""Judged questions in, measures out."""
