"""What makes the atlas a retrieval test: sizes, splits, one right passage per question, no shortcut by words."""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from langmix.atlas import LANGUAGES, fingerprint, items
from langmix.atlas.phrasing import phrasing
from langmix.atlas.splits import statements_of
from langmix.errors import LangmixError

SPLITS = ("train", "validation", "test")


def test_generation_does_not_depend_on_the_machine() -> None:
    # Stand-alone weekday names and Portuguese locales change data that Babel shares between locales.
    code = (
        "from babel import Locale\n"
        "for name in ('sw', 'pt_AO', 'ar_EG', 'zh_Hant_TW'):\n"
        "    Locale.parse(name).days['stand-alone']['wide'][0]\n"
        "from langmix.atlas import fingerprint\n"
        "print(fingerprint())\n"
    )
    elsewhere = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint()


def test_sizes() -> None:
    sizes = {split: len(items(split)) for split in SPLITS}
    assert sizes["train"] >= 3000
    assert 200 <= sizes["validation"] <= 400
    assert 1000 <= sizes["test"] <= 1400
    assert 350 <= len({item.passage_id for item in items("test")}) <= 600


def test_unknown_split() -> None:
    with pytest.raises(LangmixError, match=r"no split 'dev'.*train validation test"):
        items("dev")


def test_no_subject_is_in_two_splits() -> None:
    seen = [{item.passage_id.rsplit("/", 1)[0] for item in items(split)} for split in SPLITS]
    assert sum(map(len, seen)) == len(set.union(*seen))


def test_the_test_split_has_its_own_phrasings() -> None:
    used = {split: {(item.fact, int(item.id.rsplit("/", 1)[1])) for item in items(split)} for split in SPLITS}
    assert not used["test"] & (used["train"] | used["validation"])
    for language in LANGUAGES:
        sentences = phrasing(language)
        for fact, number in used["test"]:
            others = {n for split in ("train", "validation") for f, n in used[split] if f == fact}
            assert sentences.questions[fact][number - 1] not in {sentences.questions[fact][n - 1] for n in others}


@pytest.mark.parametrize("split", SPLITS)
def test_texts_are_unique(split: str) -> None:
    passages = {item.passage_id: item.passages for item in items(split)}
    ids = [item.id for item in items(split)]
    assert len(ids) == len(set(ids))
    for language in LANGUAGES:
        assert max(Counter(item.questions[language] for item in items(split)).values()) == 1
        assert max(Counter(texts[language] for texts in passages.values()).values()) == 1


@pytest.mark.parametrize("split", SPLITS)
def test_questions_with_one_passage_id_share_the_passage(split: str) -> None:
    passages: dict[str, dict[str, str]] = {}
    for item in items(split):
        assert passages.setdefault(item.passage_id, item.passages) == item.passages


@pytest.mark.parametrize("split", SPLITS)
def test_no_fact_is_stated_in_two_passages(split: str) -> None:
    # Read off what the passages say, not off the claims by which they were chosen.
    said: Counter[tuple[str, str, str]] = Counter()
    for statement in statements_of(split):
        slots = {name: value.codes for name, value in statement.slots.items()}
        match f"{statement.kind}/{statement.topic}":
            case "territory/money":
                pairs = [("tender", statement.subject, slots["currency"][0])]
            case "currency/use":
                pairs = [("tender", territory, statement.subject) for territory in slots["territories"]]
            case "territory/official":
                pairs = [("official", statement.subject, language) for language in slots["languages"]]
            case "language/official":
                pairs = [("official", territory, statement.subject) for territory in slots["territories"]]
            case "territory/usage":
                pairs = [("share", statement.subject, slots[name][0]) for name in ("first_language", "second_language")]
            case "language/spread":
                pairs = [("share", slots["territory"][0], statement.subject)]
            case topic:
                pairs = [(topic, statement.subject, "")]
        said.update(pairs)
    assert max(said.values()) == 1
    assert {relation for relation, _, _ in said} >= {"tender", "official", "share"}


def test_subjects_have_near_distractors() -> None:
    passages = {item.passage_id for item in items("test")}
    subjects = Counter(id_.rsplit("/", 1)[0] for id_ in passages)
    assert sum(n > 1 for n in subjects.values()) > 100


def test_common_words_do_not_solve_it() -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+", text.lower()))

    passages = {item.passage_id: words(item.passages["en"]) for item in items("test")}
    hits = 0
    for item in items("test"):
        question = words(item.questions["en"])
        hits += max(passages, key=lambda id_: (len(question & passages[id_]), id_)) == item.passage_id
    accuracy = hits / len(items("test"))
    assert 0.2 < accuracy < 0.6  # neither given away by words nor free of any connection
