"""Yahoo QA: how-to questions of Yahoo! Answers and their best answers (nfL6, Cohen and Croft 2016).

``nfL6.json``, a list of id, question, answer, nbestanswers and main_category; or ``yahoo_answers_qa`` of the Hugging
Face hub, the same columns in Parquet. The passage is the best answer. A pair is called what the question is and is a
group of its own.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.corpus.records import Records
from langmix.document import Node, read_list

_LAYOUT = 'the layout of Yahoo QA [{"id", "question", "answer"}]'


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    for number, item in _items(path):
        key = item.name("id")
        yield number, Pair(key, key, item.optional("question"), item.optional("answer"))


def _items(path: Path) -> Iterator[tuple[int, Node]]:
    if ".json" in path.suffixes:
        yield from enumerate(read_list(path, _LAYOUT), 1)
    else:
        yield from Records(path, _LAYOUT).nodes(("id", "question", "answer"))


yahoo_qa = partial(published, Format("yahoo_qa", _read, "item", _LAYOUT))
