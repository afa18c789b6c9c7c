"""Mr. TyDi: questions with passages of Wikipedia in their language (Zhang et al. 2021, arXiv 2108.08787).

The JSON lines of ``castorini/mr-tydi`` (``mrtydi-v1.1-english/train.jsonl.gz``): query_id, query, positive_passages and
negative_passages, each passage with docid, title and text. Every positive passage makes a pair, called
``query_id/docid``; the passages of one query are one group, and its negative passages those of each of its pairs. The
languages of Mr. TyDi are no translations of each other, so one language is one corpus.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published, titled
from langmix.corpus.records import Records

_LAYOUT = (
    'the layout of Mr. TyDi\'s lines {"query_id", "query", "positive_passages": [{"docid", "title", "text"}], '
    '"negative_passages": […]}'
)


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    columns = ("query_id", "query", "positive_passages", "negative_passages")
    for number, node in Records(path, _LAYOUT).nodes(columns):
        query = node.name("query_id")
        others = node.nodes("negative_passages") if node.has("negative_passages") else []
        negatives = tuple(text for passage in others if (text := titled(passage)))
        for passage in node.nodes("positive_passages"):
            key = f"{query}/{passage.name('docid')}"
            yield number, Pair(key, query, node.optional("query"), titled(passage), negatives)


mr_tydi = partial(published, Format("mr_tydi", _read, "line", _LAYOUT))
