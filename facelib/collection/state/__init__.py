"""The state of the whole collection: channels, runs, disks, models, quarantine."""
