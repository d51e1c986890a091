"""What publishing, searching and curating cost as a collection grows: ``python -m benchmarks.scale``."""
