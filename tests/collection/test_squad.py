"""Sets in SQuAD's format as sentence and as paragraph retrieval, and where sentences end."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.collection.squad import squad, squadshifts
from langmix.errors import LangmixError
from langmix.sentences import spans

CONTEXT = "The Nile is long. It flows north! Does it?"


def answer(text, start):
    return {"text": text, "answer_start": start}


def asked(key, *answers, **more):
    return {"id": key, "question": f"Question {key}?", "answers": list(answers), **more}


def write(path, *questions, context=CONTEXT):
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": context, "qas": list(questions)}]}]}), "utf-8")
    return path


def pairs(collection):
    return {
        (collection.query_ids[query], collection.candidate_ids[candidate]) for query, candidate in collection.relevant
    }


def test_a_question_is_answered_by_the_sentences_its_answers_start_in(tmp_path):
    file = write(
        tmp_path / "set.json", asked("1", answer("long", 12), answer("north", 27)), asked("2", answer("long. It", 12))
    )
    collection = squad("mine", file, ["en"])
    assert collection.candidate_texts == ["The Nile is long.", "It flows north!", "Does it?"]
    assert pairs(collection) == {("en/1", "en/0/0"), ("en/1", "en/0/1"), ("en/2", "en/0/0")}


def test_or_by_its_paragraph_which_counts_once(tmp_path):
    tree = {"data": [{"paragraphs": [{"context": CONTEXT, "qas": [asked(key, answer("long", 12))]} for key in "12"]}]}
    (tmp_path / "set.json").write_text(json.dumps(tree), "utf-8")
    collection = squad("mine", tmp_path / "set.json", ["en"], "paragraph")
    assert collection.candidate_texts == [CONTEXT]
    assert pairs(collection) == {("en/1", "en/0"), ("en/2", "en/0")}


def test_questions_of_one_id_share_their_answers(tmp_path):
    write(tmp_path / "en.json", asked("1", answer("long", 12)))
    write(tmp_path / "de.json", asked("1", answer("lang", 11)), context="Der Nil ist lang. Er fließt nach Norden.")
    collection = squad("mine", str(tmp_path / "{language}.json"), ["de", "en"])
    assert pairs(collection) == {(f"{a}/1", f"{b}/0/0") for a in ("de", "en") for b in ("de", "en")}


def test_rows_of_hugging_face_hold_the_same(tmp_path):
    row = {"id": "1", "title": "Nile", "context": CONTEXT, "question": "Question 1?"}
    row["answers"] = {"text": ["north"], "answer_start": [27]}
    (tmp_path / "set.jsonl").write_text(json.dumps(row), "utf-8")
    nested = squad("mine", write(tmp_path / "set.json", asked("1", answer("north", 27))), ["en"])
    assert squad("mine", tmp_path / "set.jsonl", ["en"]).fingerprint == nested.fingerprint
    row["answers"]["answer_start"] = ["27"]
    (tmp_path / "set.jsonl").write_text(json.dumps(row), "utf-8")
    with pytest.raises(LangmixError, match=r"set\.jsonl: line 1: 'answers' has to hold as many texts as whole numbers"):
        squad("mine", tmp_path / "set.jsonl", ["en"])


def test_answers_that_stand_elsewhere_are_repaired_or_reported(tmp_path, caplog):
    questions = asked("1", answer("north", 20)), asked("2", answer("south", 20)), asked("3", answer("long", -1))
    file = write(tmp_path / "set.json", *questions)
    collection = squad("mine", file, ["en"])
    assert pairs(collection) == {("en/1", "en/0/1")}
    assert collection.unanswered == 2
    assert "1 answers do not stand where answer_start says, but within 30 characters" in caplog.text
    assert "(answer_start 20, found at 27)" in caplog.text
    assert "2 answers are not in their paragraph" in caplog.text
    assert "data[0].paragraphs[0].qas[1] ('south' at 20)" in caplog.text
    with pytest.raises(LangmixError, match="none of 3 queries"):
        squad("mine", file, ["en"], window=6)


def test_impossible_questions_are_counted(tmp_path):
    impossible = asked("2", is_impossible=True)
    file = write(tmp_path / "set.json", asked("1", answer("long", 12)), impossible)
    for unit in ("sentence", "paragraph"):
        assert squad("mine", file, ["en"], unit).unanswered == 1


def test_what_is_wrong_is_told(tmp_path):
    file = write(tmp_path / "set.json", asked("1", answer("long", 12)), asked("1", answer("long", 12)))
    with pytest.raises(LangmixError, match=r"qas\[1\]: question id '1' occurs twice, first at .*qas\[0\]"):
        squad("mine", file, ["en"])
    with pytest.raises(LangmixError, match="unit=page has to be sentence or paragraph"):
        squad("mine", file, ["en"], "page")
    with pytest.raises(LangmixError, match="domain=law has to be one of new_wiki nyt reddit amazon"):
        squadshifts("shifted", tmp_path, "law")
    write(tmp_path / "reddit_v1.0.json", asked("1", answer("long", 12)))
    with pytest.raises(LangmixError, match="1 questions, published are 9803"):
        squadshifts("shifted", tmp_path, "reddit")


@pytest.mark.parametrize(("domain", "sentences"), [("new_wiki", 8177), ("reddit", 17763), ("amazon", 15921)])
def test_squadshifts_as_published(data, domain, sentences):
    collection = squadshifts("shifted", data / "squadshifts", domain)
    assert len(collection.candidate_ids) == sentences
    assert collection.unanswered == 0


@pytest.mark.parametrize(
    "sentences",
    [
        ["One.", "Two!", "Three?", "Four"],
        ['He said "no."', "Then he left."],
        ["It costs 3.5 dollars, e.g. here.", "So?!", "Yes..."],
        ["A line", "another line"],
        ["See langmix.org for more.", "Bye."],
    ],
)
def test_sentences(sentences):
    gap = "\n" if "line" in sentences[0] else " "
    text = gap.join(sentences)
    assert [text[start:end] for start, end in spans(text)] == sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [("尼罗河很长。它向北流。", 2), ("नील लंबी है। वह बहती है।", 2), ("النيل طويل؟ نعم.", 2), ("ไนล์ ยาว", 1)],
)
def test_sentences_of_other_scripts(text, count):
    assert len(spans(text)) == count


@given(st.text(st.sampled_from("aB. !?\n。\"'3")) | st.text())
def test_sentences_hold_all_that_is_not_space_in_order_and_have_none_around_them(text):
    cut = spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in cut) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() and start < end for start, end in cut)
    assert all(end <= start for (_, end), (start, _) in pairwise(cut))
