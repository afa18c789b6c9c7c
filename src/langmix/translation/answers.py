"""Where the answer of a pair is after its passage has been translated."""

from collections.abc import Callable, Sequence
from math import erfc, log, sqrt

from langmix.translation.sentences import cut, overlapping

_LEAST = 0.5  # of the trigrams of an answer and of a sentence that have to be common for the one to be the other
_VARIANCE = 6.8  # of a translation's length, per character
_BEADS = {(1, 1): 0.89, (1, 0): 0.00495, (0, 1): 0.00495, (2, 1): 0.0445, (1, 2): 0.0445, (2, 2): 0.011}


def located(passage: str, answer: str, sentences: list[str]) -> list[int]:
    """The sentences of a passage that hold its answer, none where it is not found.

    Args:
        passage: What was cut.
        answer: A part of it; where it is none to the letter, the sentence that is most like it is taken.
        sentences: Of the passage.
    """
    start = passage.find(answer)
    if start >= 0:
        return overlapping(sentences, start, start + len(answer))
    wanted = _trigrams(answer)
    likeness = [len(wanted & found) / len(wanted | found) for found in map(_trigrams, sentences)]
    best = max(range(len(sentences)), key=likeness.__getitem__)
    return [best] if likeness[best] >= _LEAST else []


def _trigrams(text: str) -> set[str]:
    padded = f"  {' '.join(text.casefold().split())}  "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def found_again(
    sentences: list[str],
    of_answer: list[int],
    translation: str,
    target: str,
    nearest: Callable[[str, Sequence[str]], int] | None = None,
) -> str | None:
    """The part of a passage's translation that translates some of its sentences, None where that cannot be told.

    Sentences are aligned by their lengths. Where that is not one to one, the most similar sentence is taken if anybody
    can tell which is, else all that was aligned.

    Args:
        sentences: Of the passage.
        of_answer: Which of them.
        translation: Of the passage as a whole.
        target: Its language.
        nearest: Which of some sentences is most similar to a text; None: nobody can tell.
    """
    translated = cut(translation, target)
    beads = aligned([len(each.strip()) for each in sentences], [len(each.strip()) for each in translated])
    found = [bead for bead in beads if set(bead[0]) & set(of_answer)]
    rows = [row for _, there in found for row in there]
    if nearest and any((len(here), len(there)) != (1, 1) for here, there in found):
        return translated[nearest("".join(sentences[number] for number in of_answer), translated)].strip()
    if not rows or any(not there for _, there in found):
        return None
    return "".join(translated[min(rows) : max(rows) + 1]).strip()


def aligned(lengths: Sequence[int], others: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Sentences of a text and of its translation that belong together, by their lengths in characters.

    Gale and Church 1993 (J93-1004), with the ratio of the texts' own lengths for the mean.

    Args:
        lengths: Of the sentences of the text, none of them 0.
        others: Of those of its translation.

    Returns:
        Beads in order: numbers of sentences, and of those that translate them.
    """
    ratio = sum(others) / sum(lengths)
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for row in range(len(lengths) + 1):
        for column in range(len(others) + 1):
            steps = [
                (best[before][0] + _cost(lengths[before[0] : row], others[before[1] : column], ratio), bead)
                for bead in _BEADS
                if (before := (row - bead[0], column - bead[1])) in best
            ]
            if steps:
                best[row, column] = min(steps)
    beads, at = [], (len(lengths), len(others))
    if at not in best:
        return []
    while at != (0, 0):
        step = best[at][1]
        before = at[0] - step[0], at[1] - step[1]
        beads.append((list(range(before[0], at[0])), list(range(before[1], at[1]))))
        at = before
    return beads[::-1]


def _cost(some: Sequence[int], others: Sequence[int], ratio: float) -> float:
    """- log of the probability of a bead, and of lengths that differ as much."""
    prior = _BEADS[len(some), len(others)]
    mean = (sum(some) + sum(others) / ratio) / 2
    deviation = (sum(others) - sum(some) * ratio) / sqrt(mean * _VARIANCE)
    return -log(prior) - log(max(erfc(abs(deviation) / sqrt(2)), 1e-300))
