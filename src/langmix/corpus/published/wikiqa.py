"""WikiQA: sentences of Wikipedia that answer questions (Yang, Yih and Meek 2015, EMNLP, D15-1237).

``WikiQA-train.tsv`` and its siblings: a header and the columns QuestionID, Question, DocumentID, DocumentTitle,
SentenceID, Sentence and Label. Rows with Label 1 are pairs, called ``QuestionID/SentenceID``; the sentences that answer
one question are one group.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.corpus.records import Records
from langmix.errors import LangmixError

_COLUMNS = ("QuestionID", "Question", "SentenceID", "Sentence", "Label")
_LAYOUT = f"WikiQA's layout of columns {' '.join(_COLUMNS)}"


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    records = Records(path, _LAYOUT)
    for number, node in records.nodes(_COLUMNS):
        label = node.name("Label")
        if label not in {"0", "1"}:
            raise LangmixError(f"{records.at(number)}Label has to be 0 or 1, not {label!r}")
        if label == "1":
            question = node.name("QuestionID")
            key = f"{question}/{node.name('SentenceID')}"
            yield number, Pair(key, question, node.optional("Question"), node.optional("Sentence"))


wikiqa = partial(published, Format("wikiqa", _read, "line", _LAYOUT))
