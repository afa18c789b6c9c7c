"""Which way a measure is better."""

from enum import StrEnum


class Direction(StrEnum):
    """How values of a measure are judged.

    A verdict needs one: a measure of unknown direction cannot be called better or worse.
    """

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"
    """Values are described, not judged: the share of a language at rank 1, say."""
