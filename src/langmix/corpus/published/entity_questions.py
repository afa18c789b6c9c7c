"""EntityQuestions: simple questions about entities (Sciavolino et al. 2021, arXiv 2109.08535).

The set is published as questions and answers, a JSON list per relation (``P17.train.json``), without passages. What
makes pairs of it is a retriever's output in DPR's format, a list per relation again: question, answers and either
positive_ctxs, or ctxs with has_answer (the output of ``dense_retriever.py``), each context with title and text. The
passage is the first positive context; questions without one are left out. A pair is called ``P17.train/INDEX`` from 0,
and questions with the same passage are one group.
"""

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published, titled
from langmix.document import Node, read_list
from langmix.errors import LangmixError

_LAYOUT = 'DPR\'s layout [{"question", "positive_ctxs": [{"title", "text"}]}]'


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    relation = path.name.partition(".json")[0]
    for index, item in enumerate(read_list(path, _LAYOUT)):
        key, passage = f"{relation}/{index}", _passage(item)
        group = key if passage is None else sha256(passage.encode(errors="surrogatepass")).hexdigest()[:16]
        yield index + 1, Pair(key, group, item.optional("question"), passage)


def _passage(item: Node) -> str | None:
    if item.has("positive_ctxs"):
        contexts = item.nodes("positive_ctxs")
    elif item.has("ctxs"):
        contexts = [context for context in item.nodes("ctxs") if context.truth("has_answer")]
    else:
        raise LangmixError(
            f"{item.where}: has no passages; EntityQuestions is published without, so give a retriever's output in "
            "DPR's format (positive_ctxs, or ctxs with has_answer)"
        )
    return titled(contexts[0]) if contexts else None


entity_questions = partial(published, Format("entity_questions", _read, "item", _LAYOUT, linked=True))
