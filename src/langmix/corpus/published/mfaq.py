"""MFAQ: questions and answers of FAQ pages (De Bruyn et al. 2021, arXiv 2109.12870).

The JSON lines of ``clips/mfaq`` (``data/en/train.jsonl``): a page has a domain and qa_pairs, each with question, answer
and language; those in another language than the file's are passed over. A pair is called ``LINE/INDEX``, from 1 and 0.
The pairs of a domain are one group, as sites repeat their answers from page to page.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.corpus.records import Records

_LAYOUT = 'the layout of MFAQ\'s lines {"domain", "qa_pairs": [{"question", "answer", "language"}]}'


def _read(path: Path, language: str) -> Iterator[tuple[int, Pair]]:
    for number, page in Records(path, _LAYOUT).nodes(("domain", "qa_pairs")):
        domain = page.name("domain")
        for index, pair in enumerate(page.nodes("qa_pairs")):
            if pair.text("language") == language:
                yield number, Pair(f"{number}/{index}", domain, pair.optional("question"), pair.optional("answer"))


mfaq = partial(published, Format("mfaq", _read, "line", _LAYOUT))
