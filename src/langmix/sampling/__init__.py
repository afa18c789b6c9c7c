"""Batch plans: which pairs, in which languages, meet in a batch."""
