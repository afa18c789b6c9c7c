"""Each published set, from a small file in its exact format."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from langmix.corpus.published.duorc import duorc
from langmix.corpus.published.entity_questions import entity_questions
from langmix.corpus.published.mfaq import mfaq
from langmix.corpus.published.mr_tydi import mr_tydi
from langmix.corpus.published.natural_questions import natural_questions
from langmix.corpus.published.newsqa import newsqa
from langmix.corpus.published.squad import squad
from langmix.corpus.published.wikiqa import wikiqa
from langmix.corpus.published.yahoo_qa import yahoo_qa
from langmix.errors import LangmixError
from langmix.store import Store
from tests.corpus.user_files import grouping

from .samples import DUORC, ENTITY, MFAQ, NEWSQA, TYDI, WIKIQA, YAHOO, lines, nq, squad_file


def told(corpus):
    """Ids, groups and English texts."""
    rows = np.arange(len(corpus))
    english = np.full(len(corpus), corpus.languages.index("en"))
    sides = [corpus.texts(side, rows, english) for side in ("query", "passage")]
    return list(zip(corpus.ids(rows), grouping(corpus), *sides, strict=True))


def test_wikiqa(load):
    caves = "how are glacier caves formed?"
    assert told(load(wikiqa, en=("WikiQA-train.tsv", WIKIQA))) == [
        ("Q1/D1-3", 0, caves, 'A "glacier cave" is formed within ice.'),
        ("Q1/D1-4", 0, caves, "They are often called ice caves."),
        ("Q2/D2-1", 1, "who was the first?", "She was."),
    ]


def test_mr_tydi(load):
    question = "When was quantum field theory developed?"
    assert told(load(mr_tydi, en=("train.jsonl.gz", lines(TYDI)))) == [
        ("1/25267#12", 0, question, "Quantum field theory It began in the 1920s."),
        ("1/25267#13", 0, question, "No title."),
        ("7/9#1", 1, "Who wrote it?", "T She."),
    ]


def test_mfaq(load, caplog):
    assert told(load(mfaq, en=("train.jsonl", lines(MFAQ)))) == [
        ("1/0", 0, "Do I need a car?", "Yes."),
        ("2/0", 0, "Where?", "Here."),
        ("3/0", 1, "When?", "Now."),
    ]
    assert "set: left out 1 pairs in 'en' without a question or without a passage" in caplog.text


def test_duorc(load):
    plot = DUORC[0]["plot"]
    assert told(load(duorc, en=("SelfRC_train.json", DUORC))) == [
        ("b440de7d", 0, "Where?", plot),
        ("f2b5a1c0", 0, "When?", plot),
    ]


def test_newsqa(load):
    story = "./cnn/stories/42d01e.story"
    middle = "Moninder was sentenced to death in February."
    assert told(load(newsqa, en=("combined-newsqa-data-v1.json", NEWSQA))) == [
        (f"{story}/0", 0, "What happened?", middle),
        (f"{story}/3", 0, "Both?", f"First paragraph.\n\n\n\n{middle}"),
        (f"{story}/4", 0, "Which?", "Last one."),
    ]


def test_natural_questions(load):
    rows = [nq(5655493461695504401, 4, 11), nq(7, -1, -1), nq(8, 11, 16, document_url="other")]
    assert told(load(natural_questions, en=("simplified-nq-train.jsonl.gz", lines(rows))))[:1] == [
        ("5655493461695504401", 0, "when did it open", "It opened in 2004 ."),
    ]


def test_yahoo_qa(load, tmp_path):
    corpus = load(yahoo_qa, en=("nfL6.json", YAHOO))
    assert told(corpus) == [
        ("213773", 0, "How to swim?", "Try."),
        ("5", 1, "How to paint?", "Look first."),
    ]
    pq.write_table(pa.Table.from_pylist(YAHOO), tmp_path / "train.parquet")
    parquet = yahoo_qa(
        name="set",
        files={"en": tmp_path / "train.parquet"},
        translations=None,
        store=Store(tmp_path / "store"),
        validation_fraction=0,
    )
    assert parquet.fingerprint == corpus.fingerprint


def test_entity_questions(load, caplog):
    assert told(load(entity_questions, en=("P19.train.json", ENTITY))) == [
        ("P19.train/0", 0, "Where was X born?", "X X was born in Y."),
        ("P19.train/2", 0, "Where was S born?", "X X was born in Y."),
    ]
    assert "left out 1 pairs" in caplog.text


def test_entity_questions_as_published_have_no_passages(load):
    published = [{"question": "Where was X born?", "answers": ["Y"]}]
    with pytest.raises(LangmixError, match=r"P19.train.json: \[0\]: has no passages; .* retriever's output in DPR's"):
        load(entity_questions, en=("P19.train.json", published))


def test_impossible_questions_are_passed_over(load):
    content = squad_file({"one": ["a", "b"]})
    content["data"][0]["paragraphs"][0]["qas"][0]["is_impossible"] = True
    assert load(squad, en=("en.json", content)).ids(np.arange(1)) == ["b"]


@pytest.mark.parametrize(
    ("loader", "name", "content", "message"),
    [
        (wikiqa, "w.tsv", WIKIQA.replace("\t1\nQ2", "\t2\nQ2"), "w.tsv, line 4: Label has to be 0 or 1, not '2'"),
        (wikiqa, "w.tsv", WIKIQA.replace("SentenceID", "Sid"), "w.tsv: line 3: key 'SentenceID' is missing"),
        (wikiqa, "w.tsv", WIKIQA + "Q3\ttoo short\n", "w.tsv, line 6: 2 cells under a header of 7"),
        (wikiqa, "w.tsv", WIKIQA + WIKIQA.splitlines()[3] + "\n", "line 6: id 'Q1/D1-4' a second time in 'en'"),
        (mr_tydi, "t.jsonl", lines([*TYDI, {"query_id": "9"}]), "t.jsonl: line 3: key 'positive_passages' is missing"),
        (mr_tydi, "t.jsonl", lines(TYDI) + "{", "t.jsonl, line 3: not JSON"),
        (
            mr_tydi,
            "t.jsonl",
            lines([TYDI[0] | {"positive_passages": [3]}]),
            "line 1.positive_passages[0]: a whole number is here",
        ),
        (mfaq, "m.jsonl", lines([{"domain": "d", "qa_pairs": {}}]), "m.jsonl: line 1: 'qa_pairs' has to be a list"),
        (mfaq, "m.jsonl", lines(MFAQ).replace('"en"', '"fr"'), "m.jsonl: has no pairs of language 'en'"),
        (duorc, "d.json", {"plot": 1}, "d.json: an object is at the top, where DuoRC's layout [{"),
        (duorc, "d.json", [{"plot": "p", "qa": [{"no_answer": "x"}]}], "d.json: [0].qa[0]: 'no_answer' has to be true"),
        (duorc, "d.json", "[{", "d.json: not JSON, or cut off"),
        (newsqa, "n.json", {"data": [{"questions": [{"q": "?"}]}]}, "n.json: data[0].questions[0]: key 'consensus'"),
        (
            newsqa,
            "n.json",
            {"data": [{"storyId": "s", "text": "abc", "questions": [{"q": "?", "consensus": {"s": 2, "e": 9}}]}]},
            "n.json: data[0].questions[0].consensus: characters 2 to 9 are not in a text of 3",
        ),
        (natural_questions, "q.jsonl", lines([nq(1, 4, 99)]), "line 1.annotations[0].long_answer: tokens 4 to 99"),
        (natural_questions, "q.jsonl", lines([nq(1, 4, 11, annotations=[])]), "q.jsonl: line 1: has no annotations"),
        (yahoo_qa, "y.json", [{"question": "?", "answer": "!"}], "y.json: [0]: key 'id' is missing"),
        (
            yahoo_qa,
            "y.json",
            [YAHOO[0], YAHOO[0]],
            "y.json, item 2: id '213773' a second time in 'en', first in item 1",
        ),
        (yahoo_qa, "y.json", '[{"id": "1", "question": "\\ud800", "answer": "a"}]', "y.json, item 1: not Unicode text"),
        (squad, "s.json", {"data": [{"paragraphs": [{"qas": [{}]}]}]}, "s.json: data[0].paragraphs[0].qas[0]: key"),
        (
            squad,
            "s.json",
            [],
            's.json: a list is at the top, where SQuAD\'s layout {"data": [{"paragraphs": [{"context", "qas": [',
        ),
    ],
)
def test_malformed_files(load, loader, name, content, message):
    with pytest.raises(LangmixError, match=re.escape(message)) as caught:
        load(loader, en=(name, content))
    assert "\n" not in str(caught.value)


def test_entity_questions_of_the_publisher(data, tmp_path):
    with pytest.raises(LangmixError, match="has no passages; EntityQuestions is published without"):
        entity_questions(
            name="eq",
            files={"en": data / "entityquestions" / "dev"},
            translations=None,
            store=Store(tmp_path),
            validation_fraction=0.0,
        )


@pytest.mark.parametrize(
    ("loader", "name", "content", "key"),
    [
        (squad, "s.json", squad_file({"one": [7]}), "7"),
        (duorc, "d.json", [DUORC[0] | {"id": 1, "qa": [DUORC[0]["qa"][0] | {"id": 7}]}], "7"),
        (newsqa, "n.json", {"data": [NEWSQA["data"][0] | {"storyId": 7}]}, "7/0"),
        (yahoo_qa, "y.json", [YAHOO[0] | {"id": 7}], "7"),
        (mr_tydi, "t.jsonl", lines([TYDI[1] | {"query_id": 7}]), "7/9#1"),
        (natural_questions, "q.jsonl", lines([nq(7, 4, 11)]), "7"),
        (mfaq, "m.jsonl", lines([MFAQ[1] | {"domain": 7}]), "1/0"),
    ],
)
def test_whole_numbers_are_ids(load, loader, name, content, key):
    assert load(loader, en=(name, content)).ids(np.arange(1)) == [key]


@pytest.mark.parametrize("loader", [duorc, yahoo_qa, entity_questions])
def test_an_empty_list_is_answered_with_the_layout(load, loader):
    with pytest.raises(LangmixError, match=r"has no pairs of language 'en'; needed is .*layout.* \[\{"):
        load(loader, en=("d.json", []))


@pytest.mark.parametrize("loader", [mr_tydi, mfaq, natural_questions])
def test_lines_of_something_else_are_answered_with_the_layout(load, loader):
    with pytest.raises(LangmixError, match=r"d.jsonl, line 1: a list is here, where .*layout.* \{.* has an object"):
        load(loader, en=("d.jsonl", "[]\n"))


@pytest.mark.parametrize("text", ["", "\u200b", "\xad\0"])
def test_a_pair_whose_text_cannot_be_seen_is_left_out(load, text, caplog):
    corpus = load(yahoo_qa, en=("y.json", [YAHOO[0], YAHOO[1] | {"question": text}]))
    assert len(corpus) == 1
    assert "left out 1 pairs" in caplog.text
