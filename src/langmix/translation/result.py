"""What became of what was translated."""

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from langmix.translation.gates import Outcome, Row
from langmix.translation.routes import Route
from langmix.translation.run import hash_of
from langmix.translation.scores import Score

UNTRANSLATED, ANSWER = "untranslated", "answer"
"""What holds rows up before any gate: a text without a translation, an answer that is not found in its passage."""

_KEPT, _DROPPED = 25, 3  # samples per language: of what is kept, and of what each gate drops


class New(NamedTuple):
    """What was translated of a pair to one language.

    Attributes:
        place: Its row in the block.
        row: The texts, as the gates see them.
        answer: The part of the translated passage that answers, where one is told.
        fault: Name of what holds it up before any gate, if anything does.
    """

    place: int
    row: Row
    answer: str | None
    fault: str | None


class Sample(NamedTuple):
    """A row to be read by somebody.

    Attributes:
        id: Id of the pair.
        reason: The gate that holds it up; None: it is kept.
        row: What was translated.
    """

    id: str
    reason: str | None
    row: Row


@dataclass
class Result:
    """What became of one target.

    Attributes:
        route: How it was reached.
        outcome: What the gates said.
        faults: Rows that no gate saw, by what was wrong with them.
        given: Pairs that had all their texts in the language already.
        scores: Of the translations of such pairs against them.
        samples: Rows to be read.
    """

    route: Route
    outcome: Outcome
    faults: Counter[str] = field(default_factory=Counter)
    given: int = 0
    scores: list[Score] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def translated(self) -> int:
        """Rows that were to be translated."""
        return self.outcome.kept + self.outcome.dropped.total() + self.faults.total()


def sample(samples: list[Sample], more: Sequence[Sample]) -> None:
    """Keep those samples that come first when ids are ordered by a hash: more kept rows than of each reason."""
    by_reason: dict[str | None, list[Sample]] = {}
    for each in (*samples, *more):
        by_reason.setdefault(each.reason, []).append(each)
    samples[:] = [
        each
        for reason, some in by_reason.items()
        for each in heapq.nsmallest(_KEPT if reason is None else _DROPPED, some, key=lambda s: hash_of(s.id))
    ]
