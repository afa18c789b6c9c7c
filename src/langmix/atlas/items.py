"""Questions and passages of the atlas: facts put into the sentences of each language."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256

from babel.core import get_cldr_version

from langmix.atlas.facts import Statement
from langmix.atlas.names import LANGUAGES
from langmix.atlas.phrasing import filled, phrasing, said
from langmix.atlas.splits import SPLITS, pick, split_named, statements_of

VERSION = f"1.cldr{get_cldr_version()}"


@dataclass(frozen=True)
class Item:
    """One question with the passage that answers it, in every language of the atlas.

    Attributes:
        id: Unique over all splits: kind of the subject, its code, the fact and the phrasing of the question, as in
            "territory/KE/currency/2".
        passage_id: Id of the passage; questions with the same answer passage share it.
        questions: The question by language.
        passages: The passage by language.
        fact: Kind of the fact that is asked for, e.g. "territory/currency".
    """

    id: str
    passage_id: str
    questions: dict[str, str]
    passages: dict[str, str]
    fact: str


def _items_of(statement: Statement, split: str) -> list[Item]:
    plan = split_named(split)
    wording = pick(plan.passages, f"passage/{statement.id}") - 1
    slots = {
        language: {name: said(value, language) for name, value in statement.slots.items()} for language in LANGUAGES
    }
    topic = f"{statement.kind}/{statement.topic}"
    passages = {
        language: filled(phrasing(language).passages[topic][wording], slots[language]) for language in LANGUAGES
    }
    items = []
    for name in statement.facts:
        fact = f"{statement.kind}/{name}"
        chosen = plan.questions if plan.all_questions else (pick(plan.questions, f"question/{statement.id}/{name}"),)
        for number in chosen:
            questions = {
                language: filled(phrasing(language).questions[fact][number - 1], slots[language])
                for language in LANGUAGES
            }
            key = f"{statement.kind}/{statement.subject}/{name}/{number}"
            items.append(Item(key, statement.id, questions, passages, fact))
    return items


@cache
def _items(split: str) -> tuple[Item, ...]:
    return tuple(item for statement in statements_of(split) for item in _items_of(statement, split))


def items(split: str) -> list[Item]:
    """The questions of a split with their passages, in a fixed order.

    Args:
        split: "train", "validation" or "test". No subject of a passage is a subject in two splits, and the test split
            is phrased differently from the others.

    Raises:
        LangmixError: There is no such split.
    """
    return list(_items(split))


@cache
def fingerprint() -> str:
    """Hash of everything that the atlas holds: equal hashes mean equal questions and passages."""
    digest = sha256()
    for split in SPLITS:
        content = [asdict(item) for item in _items(split)]
        digest.update(json.dumps([split, content], ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()
