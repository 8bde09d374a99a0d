"""The checks of the current data against a baseline's constraints: one per file, each a violation or None."""
