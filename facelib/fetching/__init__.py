"""From channels to files in the store: listing, downloading, and what became of each upload."""
