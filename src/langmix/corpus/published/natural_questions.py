"""Natural Questions: questions to Google, answered in Wikipedia (Kwiatkowski et al. 2019, TACL, Q19-1026).

The simplified JSON lines (``simplified-nq-train.jsonl.gz``): example_id, question_text, document_text, document_url and
annotations, each with long_answer: its start_token and end_token in the document's text split at spaces, -1 where there
is none. The passage is the first annotation's long answer without its HTML tags. Examples without one are passed over;
a pair is called what the example is, and the questions answered in one document are one group.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.corpus.records import Records
from langmix.document import Node
from langmix.errors import LangmixError

_COLUMNS = ("example_id", "question_text", "document_text", "document_url", "annotations")
_LAYOUT = (
    'the layout of Natural Questions\' simplified lines {"example_id", "question_text", "document_text", '
    '"document_url", "annotations": [{"long_answer": {"start_token", "end_token"}}]}'
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    for number, example in Records(path, _LAYOUT).nodes(_COLUMNS):
        annotations = example.nodes("annotations")
        if not annotations:
            raise LangmixError(f"{example.where}: has no annotations")
        answer = annotations[0].node("long_answer")
        if answer.whole_number("start_token") >= 0:
            texts = example.optional("question_text"), _long_answer(example, answer)
            yield number, Pair(example.name("example_id"), example.name("document_url"), *texts)


def _long_answer(example: Node, answer: Node) -> str | None:
    tokens = example.text("document_text").split(" ")
    start, end = answer.whole_number("start_token"), answer.whole_number("end_token")
    if not start < end <= len(tokens):
        raise LangmixError(f"{answer.where}: tokens {start} to {end} are not in a document of {len(tokens)}")
    return " ".join(token for token in tokens[start:end] if not _TAG.fullmatch(token)) or None


natural_questions = partial(published, Format("natural_questions", _read, "line", _LAYOUT))
