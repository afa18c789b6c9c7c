"""DuoRC: questions about plots of films (Saha et al. 2018, arXiv 1804.07927).

``SelfRC_train.json`` or ``ParaphraseRC_train.json``: a list of films with id, plot and qa, each with id, question,
answers and no_answer. The passage is the whole plot. Questions without an answer are passed over; a pair is called what
the question is, and the questions about one plot are one group.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.document import read_list

_LAYOUT = 'DuoRC\'s layout [{"id", "plot", "qa": [{"id", "question", "no_answer"}]}]'


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    number = 0
    for film in read_list(path, _LAYOUT):
        for question in film.nodes("qa"):
            number += 1
            if not question.truth("no_answer"):
                texts = question.optional("question"), film.optional("plot")
                yield number, Pair(question.name("id"), film.name("id"), *texts)


duorc = partial(published, Format("duorc", _read, "question", _LAYOUT))
