"""Encoding, exact scoring and ranks."""
