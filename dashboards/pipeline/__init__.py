"""The page Pipeline: what runs, what came of it, what it cost, what failed."""
