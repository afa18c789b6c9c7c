"""BM25 (Robertson and Zaragoza 2009, DOI 10.1561/1500000019) with Lucene's idf: what each word of each text weighs."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from langmix.words import words

K1, B = 1.5, 0.75  # as in Lucene


def weights(texts: Iterable[str]) -> tuple[dict[str, int], Mapping[str, Any]]:
    """Number of each word, and the weights as bm25s keeps them; no words, and nothing, where no text has one.

    Args:
        texts: What is searched.

    Returns:
        The vocabulary; and ``data``, ``indices`` and ``indptr`` of a compressed matrix ``[texts, words]``, by columns,
        with ``num_docs``.
    """
    # Imported by those who need it only, as it takes a second.
    from bm25s import BM25

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it would have every step of it told
    vocabulary: dict[str, int] = {}
    numbered = [[vocabulary.setdefault(word, len(vocabulary)) for word in words(text)] for text in texts]
    if not vocabulary:
        return vocabulary, {}
    model = BM25(k1=K1, b=B, method="lucene")
    model.index((numbered, vocabulary), create_empty_token=False, show_progress=False)
    return vocabulary, model.scores
