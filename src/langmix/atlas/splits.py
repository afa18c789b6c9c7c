"""Which statements a split holds, and in which phrasings it says them."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from langmix.atlas.facts import Statement, statements
from langmix.errors import LangmixError


@dataclass(frozen=True)
class Split:
    """One split.

    Attributes:
        share: The part of all subjects that it holds, as an interval of [0, 1).
        questions: Phrasings of questions it may use, counted from 1.
        passages: Phrasings of passages it may use, counted from 1.
        all_questions: Whether every fact is asked for in every phrasing, or in one that the id picks.
    """

    share: tuple[float, float]
    questions: tuple[int, ...]
    passages: tuple[int, ...]
    all_questions: bool


# Phrasings of the test split occur nowhere else: what is learnt has to be more than their wording.
SPLITS = {
    "train": Split((0.0, 0.58), (1, 2), (1, 2), all_questions=True),
    "validation": Split((0.58, 0.66), (1, 2), (1, 2), all_questions=False),
    "test": Split((0.66, 1.0), (3, 4), (3,), all_questions=False),
}


def split_named(name: str) -> Split:
    """The split with this name.

    Raises:
        LangmixError: There is none.
    """
    if name not in SPLITS:
        raise LangmixError(f"atlas has no split '{name}' (available: {' '.join(SPLITS)})")
    return SPLITS[name]


def draw(key: str) -> int:
    """A number that depends on the key alone, uniform in [0, 2**64)."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big")


def pick(choices: tuple[int, ...], key: str) -> int:
    """One of the choices, as the key decides."""
    return choices[draw(key) % len(choices)]


@cache
def statements_of(name: str) -> tuple[Statement, ...]:
    """The statements of a split, no claim twice.

    A subject is in one split alone, with all that is said about it. Two statements may claim the same from both ends
    (Kenya's currency is the shilling; the shilling is used in Kenya): a split keeps one of them, as their ids decide.
    """
    low, high = split_named(name).share
    inside = [s for s in statements() if low <= draw(f"{s.kind}/{s.subject}") / 2**64 < high]
    claimed: set[tuple[str, str, str]] = set()
    kept = set()
    for statement in sorted(inside, key=lambda s: draw(f"order/{s.id}")):
        if claimed.isdisjoint(statement.claims):
            claimed |= statement.claims
            kept.add(statement.id)
    return tuple(s for s in inside if s.id in kept)
