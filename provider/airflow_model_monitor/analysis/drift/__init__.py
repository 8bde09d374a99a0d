"""How far the current data lies from the baseline: one distance per file, as Deequ defines them."""
