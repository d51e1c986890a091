"""``python -m benchmarks.accuracy``: how often the stages are right on clips with a known truth. Writes a page."""
