"""NewsQA: questions about articles of CNN (Trischler et al. 2017, arXiv 1611.09830).

``combined-newsqa-data-v1.json``, which the tools of Maluuba/newsqa make: data is a list of stories with storyId, text
and questions, each with q and consensus: the characters s to e of the text, or noAnswer, or badQuestion. The passage is
the paragraph that holds the consensus answer, or all it spans, as articles are longer than encoders read. Questions
without an answer are passed over; a pair is called ``storyId/INDEX`` from 0, and the questions about one story are one
group.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from langmix.corpus.published.reading import Format, Pair, published
from langmix.document import Node, read_object
from langmix.errors import LangmixError

_BREAK = "\n\n"

_LAYOUT = 'NewsQA\'s layout {"data": [{"storyId", "text", "questions": [{"q", "consensus"}]}]}'


def _read(path: Path, _language: str) -> Iterator[tuple[int, Pair]]:
    number = 0
    for story in read_object(path, _LAYOUT).nodes("data"):
        for index, question in enumerate(story.nodes("questions")):
            number += 1
            consensus = question.node("consensus")
            if not (consensus.has("noAnswer") or consensus.has("badQuestion")):
                key = story.name("storyId")
                paragraph = _paragraph(story, consensus)
                yield number, Pair(f"{key}/{index}", key, question.optional("q"), paragraph)


def _paragraph(story: Node, consensus: Node) -> str:
    text, start, end = story.text("text"), consensus.whole_number("s"), consensus.whole_number("e")
    if not 0 <= start < end <= len(text):
        raise LangmixError(f"{consensus.where}: characters {start} to {end} are not in a text of {len(text)}")
    end = start + len(text[start:end].rstrip())  # a span may run into the break behind its paragraph
    before, after = text.rfind(_BREAK, 0, start), text.find(_BREAK, end)
    return text[before + len(_BREAK) if before >= 0 else 0 : after if after >= 0 else None].strip()


newsqa = partial(published, Format("newsqa", _read, "question", _LAYOUT))
