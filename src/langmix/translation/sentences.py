"""A passage sentence by sentence, so that its translation is known sentence by sentence, too."""

from itertools import accumulate

import sentencex

_UNSPACED = {"zh", "ja", "th", "lo", "km", "my", "bo", "yue"}  # no space between sentences


def cut(text: str, language: str) -> list[str]:
    """The sentences of a text, with the white space behind each: together they are the text."""
    found = [each for each in sentencex.segment(language.partition("-")[0], text) if each]
    return found if "".join(found) == text else [text]


def joined(originals: list[str], translations: list[str], target: str) -> str:
    """Translations of sentences as one text: with the space, or the line break, that stands behind each original."""
    space = "" if target.partition("-")[0] in _UNSPACED else " "
    parts = []
    for original, translation in zip(originals, translations, strict=True):
        behind = original[len(original.rstrip()) :]
        parts += [translation, "\n" if "\n" in behind else space]
    return "".join(parts[:-1])


def overlapping(sentences: list[str], start: int, end: int) -> list[int]:
    """Which of the sentences of a text hold some of its characters from ``start`` to ``end``."""
    ends = list(accumulate(map(len, sentences)))
    return [
        number
        for number, (sentence, stop) in enumerate(zip(sentences, ends, strict=True))
        if stop - len(sentence) < end and start < stop - (len(sentence) - len(sentence.rstrip()))
    ]
