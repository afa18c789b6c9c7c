"""What made a trained model, beyond its configuration, its data and the software."""

TRAINER = 3
"""Raised whenever the same configuration would come to give other weights."""
