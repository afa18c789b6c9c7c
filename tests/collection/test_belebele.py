"""Belebele's published layout, in files made up here."""

import json

import pytest

from langmix.collection.belebele import QUESTIONS, belebele
from langmix.errors import LangmixError

CODES = {"en": "eng_Latn", "sw": "swh_Latn"}


def rows(code, questions=QUESTIONS):
    """Two questions about a passage; two passages of one article."""
    return [
        {
            "link": f"https://news/{number // 4}",
            "question_number": number % 4,
            "flores_passage": f"Passage {number // 2} in {code}.",
            "question": f"Question {number} in {code}?",
            "mc_answer1": "a",
            "correct_answer_num": "1",
        }
        for number in range(questions)
    ]


@pytest.fixture
def folder(tmp_path):
    for code, stem in CODES.items():
        write(tmp_path, stem, rows(code))
    return tmp_path


def write(folder, stem, content):
    (folder / f"{stem}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")


def test_a_passage_of_each_language_answers_a_question(folder):
    write(folder, "swh_Latn", rows("sw")[::-1])  # in whatever order
    found = belebele("mine", folder, CODES)
    assert found.languages == ("en", "sw")
    assert len(found.query_ids) == 2 * QUESTIONS
    assert len(found.candidate_ids) == QUESTIONS
    assert len(found.relevant) == 4 * QUESTIONS
    answered = {query: set() for query in found.query_texts}
    for query, candidate in found.relevant:
        answered[found.query_texts[query]].add(found.candidate_texts[candidate])
    assert answered["Question 7 in sw?"] == {"Passage 3 in en.", "Passage 3 in sw."}
    row = found.query_texts.index("Question 7 in sw?")
    assert found.query_questions[row] == "https://news/1#3"
    assert len(set(found.query_paragraphs)) == QUESTIONS // 2
    assert len(set(found.query_articles)) == QUESTIONS // 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rows("sw")[:-1], "swh_Latn.jsonl: has 899 questions, published are 900"),
        (
            [*rows("sw")[:-1], {**rows("sw")[-1], "link": "https://other"}],
            "swh_Latn.jsonl, line 900: question https://other#3 is not there in 'en'",
        ),
        ([{"link": "x"}], "swh_Latn.jsonl: line 1: key 'flores_passage' is missing"),
        ([*rows("sw")[:-1], rows("sw")[0]], "query id 'sw/https://news/0#0' occurs twice"),
    ],
)
def test_other_files_are_told(folder, content, message):
    write(folder, "swh_Latn", content)
    with pytest.raises(LangmixError) as caught:
        belebele("mine", folder, CODES)
    assert message in str(caught.value)


def test_a_path_is_needed():
    with pytest.raises(LangmixError, match=r"dataset 'mine': dataset\.path is null"):
        belebele("mine", None, CODES)
