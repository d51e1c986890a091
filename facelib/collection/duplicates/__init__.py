"""Clips and uploads that show again what another one shows."""
