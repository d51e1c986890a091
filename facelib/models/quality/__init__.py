"""Measures of pictures and of face boxes that need no weights."""
