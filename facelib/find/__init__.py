"""Ways to find published clips: by vectors, by words, by both, narrowed by what was measured of them."""
