"""Takedown: removal of everything of a video, a channel or a person, and its proof."""
