"""From intervals to one word on a claim."""

import math
from typing import Literal

from langmix.direction import Direction

Claim = Literal["better", "not worse", "equivalent"]
"""What a contrast would show: that the arm is better; not worse by the margin or more; no different by the margin."""

Word = Literal["supported", "contradicted", "undecided"]


def judged(claim: Claim, interval: tuple[float, float], margin: float, direction: Direction) -> Word:
    """What an interval says of a claim.

    Args:
        claim: What would be shown.
        interval: Of arm minus baseline, simultaneous over the family.
        margin: Largest difference that would not matter.
        direction: Which way the measure is better.

    Returns:
        `supported` where the whole interval meets the claim, `contradicted` where none of it does, `undecided` else.
        `better` means more than 0, and none of it where the interval ends below the margin: a gain too small to matter
        is no gain.
    """
    low, high = interval
    if direction == Direction.LOWER:
        low, high = -high, -low
    if math.isnan(low) or math.isnan(high):
        return "undecided"
    met, refuted = {
        "better": (low > 0, high < margin),
        "not worse": (low > -margin, high < -margin),
        "equivalent": (-margin < low and high < margin, low > margin or high < -margin),
    }[claim]
    if met:
        return "supported"
    return "contradicted" if refuted else "undecided"


def together(words: list[Word]) -> Word:
    """One word for several: all have to be supported; one that is contradicted contradicts them all."""
    if "contradicted" in words:
        return "contradicted"
    return "supported" if words and set(words) == {"supported"} else "undecided"
