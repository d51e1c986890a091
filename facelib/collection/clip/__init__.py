"""One clip: what pages and commands tell of it."""
