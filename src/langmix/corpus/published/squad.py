"""Parallel sets in SQuAD's format, one file per language, such as XQuAD and MLQA (Rajpurkar et al. 2016, D16-1264).

data is a list of articles with paragraphs, each with context and qas, each with id, question and, in version 2,
is_impossible. The passage is the paragraph. Impossible questions are passed over; a pair is called what the question
is. Questions about one paragraph are one group, and where languages disagree, all that are so linked.
The answer of a pair is the sentence in which the first of its answers starts.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Files, Format, Pair, published
from langmix.corpus.table import TableCorpus
from langmix.document import Node, read_object
from langmix.sentences import spans
from langmix.store import Store

_LAYOUT = 'SQuAD\'s layout {"data": [{"paragraphs": [{"context", "qas": [{"id", "question"}]}]}]}'


def _read(path: Path, language: str, *, answers: bool) -> Iterator[tuple[int, Pair]]:
    number = 0
    articles = read_object(path, _LAYOUT).nodes("data")
    paragraphs = [paragraph for article in articles for paragraph in article.nodes("paragraphs")]
    for place, paragraph in enumerate(paragraphs):
        for question in paragraph.nodes("qas"):
            number += 1
            if not (question.has("is_impossible") and question.truth("is_impossible")):
                texts = question.optional("question"), paragraph.optional("context")
                answer = _sentence(texts[1], question) if answers and texts[1] else None
                yield number, Pair(question.name("id"), f"{path.name}:{language}:{place}", *texts, answer=answer)


def _sentence(context: str, question: Node) -> str | None:
    """The sentence in which the first answer starts; None where it does not stand where it is said to."""
    for answer in question.nodes("answers")[:1]:
        start, text = answer.whole_number("answer_start"), answer.text("text")
        if context.startswith(text, start):
            return next((context[a:b] for a, b in spans(context) if a <= start < b), None)
    return None


def squad(
    name: str,
    files: Mapping[str, Files | None] | None,
    translations: Mapping[str, Files | None] | None,
    store: Store,
    validation_fraction: float,
    split: str = "train",
    answers: bool = False,
) -> TableCorpus:
    """One split of a set in SQuAD's format, see `published`.

    Args:
        name: What tables and runs call the corpus.
        files: Files in SQuAD's JSON by language.
        translations: Files of further languages with the columns id, query and passage.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out for validation, by groups.
        split: "train" or "validation".
        answers: Whether the sentences that answer are kept, too; they are not trained on.

    Raises:
        LangmixError: As for `published`.
    """
    read = partial(_read, answers=answers)
    form = Format("squad with answers" if answers else "squad", read, "question", _LAYOUT, linked=True)
    return published(form, name, files, translations, store, validation_fraction, split)
