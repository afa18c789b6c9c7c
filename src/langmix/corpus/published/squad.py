"""Parallel sets in SQuAD's format, one file per language, such as XQuAD and MLQA (Rajpurkar et al. 2016, D16-1264).

data is a list of articles with paragraphs, each with context and qas, each with id, question and, in version 2,
is_impossible. The passage is the paragraph. Impossible questions are passed over; a pair is called what the question
is. Questions about one paragraph are one group, and where languages disagree, all that are so linked.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.document import read_object

_LAYOUT = 'SQuAD\'s layout {"data": [{"paragraphs": [{"context", "qas": [{"id", "question"}]}]}]}'


def _read(path: Path, language: str) -> Iterator[tuple[int, Pair]]:
    number = 0
    articles = read_object(path, _LAYOUT).nodes("data")
    paragraphs = [paragraph for article in articles for paragraph in article.nodes("paragraphs")]
    for place, paragraph in enumerate(paragraphs):
        for question in paragraph.nodes("qas"):
            number += 1
            if not (question.has("is_impossible") and question.truth("is_impossible")):
                texts = question.optional("question"), paragraph.optional("context")
                yield number, Pair(question.name("id"), f"{path.name}:{language}:{place}", *texts)


squad = partial(published, Format("squad", _read, "question", _LAYOUT, linked=True))
