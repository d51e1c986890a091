"""Persons: who is who, who says so, and faces in folders."""
