"""Drift of feature attributions: whether the features that mattered in training still matter, and in which order."""
