"""The page People: who is in the collection, and what people decide about it."""
