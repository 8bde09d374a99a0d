"""What a Clarify job reads: datasets, captured and merged records, and the files beside them, as columns."""
