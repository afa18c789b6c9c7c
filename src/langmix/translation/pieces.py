"""The texts that are to be translated, block by block of a corpus's rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.corpus.parallel import SIDES
from langmix.translation.answers import located
from langmix.translation.sentences import cut
from langmix.translation.translator import Unit

BLOCK = 4096  # rows


class Piece(NamedTuple):
    """A query or a passage that is to be translated.

    Attributes:
        side: "query" or "passage".
        text: It.
        parts: What a translator is given of it, in order: together they are the text.
        sentences: Its sentences; where no answer is told, and it is given as a whole, it is one.
        answer: Which sentences answer; None where no answer is told; empty where it was not found.
    """

    side: str
    text: str
    parts: list[str]
    sentences: list[str]
    answer: list[int] | None


@dataclass(frozen=True)
class Block:
    """Some rows of a corpus in one language.

    Attributes:
        corpus: The corpus.
        rows: Which rows, ``[n]``.
        language: The language.
        texts: Query and passage of each.
    """

    corpus: ParallelCorpus
    rows: npt.NDArray[np.int64]
    language: str
    texts: list[tuple[str | None, str | None]]

    def pieces(self, among: npt.NDArray[np.bool_], unit: Unit) -> list[list[Piece]]:
        """What of each row is to be translated.

        Args:
            among: Which texts, bool ``[n, sides]``.
            unit: What the translator takes.
        """
        answers = self.corpus.answers(self.rows, self.language)
        found: list[list[Piece]] = []
        for texts, answer, wanted in zip(self.texts, answers, among.tolist(), strict=True):
            mine = []
            for side, text, asked in zip(SIDES, texts, wanted, strict=True):
                if asked and text is not None:
                    mine.append(_piece(side, text, answer if side == "passage" else None, unit, self.language))
            found.append(mine)
        return found


def _piece(side: str, text: str, answer: str | None, unit: Unit, language: str) -> Piece:
    sentences = cut(text, language) if unit == "sentence" or answer is not None else [text]
    parts = [text] if unit == "whole" else sentences
    return Piece(side, text, parts, sentences, None if answer is None else located(text, answer, sentences))


def blocks(corpora: Sequence[ParallelCorpus], language: str) -> Iterator[Block]:
    """All rows of corpora in one language, in order; a text that it lacks is None."""
    for corpus in corpora:
        exists = np.stack([corpus.exists(side, language) for side in SIDES], axis=1)
        number = corpus.languages.index(language) if language in corpus.languages else -1
        for start in range(0, len(corpus), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(corpus)))
            sides = []
            for side, there in zip(SIDES, exists[rows].T, strict=True):
                texts: list[str | None] = [None] * len(rows)
                some = rows[there]
                for row, text in zip(some.tolist(), corpus.texts(side, some, np.full(len(some), number)), strict=True):
                    texts[row - start] = text
                sides.append(texts)
            yield Block(corpus, rows, language, list(zip(*sides, strict=True)))
