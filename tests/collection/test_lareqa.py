"""LAReQA's data sets from files, and what is said about broken files."""

import copy
import gzip
import json

import numpy as np
import pytest

from langmix.collection.lareqa import lareqa
from langmix.errors import LangmixError
from langmix.store import Store
from tests.collection.sample_lareqa import sample, write

CHECKSUMS = {"en": "0" * 64, "zh": "1" * 64, "de": "2" * 64}


@pytest.fixture
def load(tmp_path):
    def load(languages=("en", "zh"), path=tmp_path / "set"):
        return lareqa("toy", path, languages, "http://localhost:1", CHECKSUMS, Store(tmp_path / "store"))

    return load


@pytest.fixture
def refused(load, tmp_path):
    """Asserts that a data set, written first, is refused in one line that holds all the parts."""

    def refused(*parts, content=None, **arguments):
        if content:
            write(tmp_path / "set", content)
        with pytest.raises(LangmixError) as caught:
            load(**arguments)
        assert "\n" not in str(caught.value)
        for part in parts:
            assert str(part) in str(caught.value)

    return refused


def test_every_sentence_is_a_candidate_and_answers_hold_across_languages(load, tmp_path):
    write(tmp_path / "set", sample())
    collection = load()
    assert collection.languages == ("en", "zh")
    assert collection.query_ids == ["en/q1", "en/q2", "en/q3", "zh/q1", "zh/q2"]
    assert collection.query_questions == ["q1", "q2", "q3", "q1", "q2"]
    assert collection.query_texts[3] == "尼罗河流向哪里?"
    assert dict(zip(collection.candidate_ids, collection.candidate_texts, strict=True)) == {
        "en/0/0": "The Nile is long.",
        "en/0/1": "It flows north.",
        "en/0/2": "It flows north.",
        "en/1/0": "Sahara means desert.",
        "zh/0/0": "尼罗河很长。",
        "zh/0/1": "它向北流。",
    }
    # q2's English answer runs into the next sentence: the one it starts in counts.
    relevant = {(collection.query_ids[q], collection.candidate_ids[c]) for q, c in collection.relevant}
    assert relevant == {
        *((query, answer) for query in ("en/q1", "zh/q1") for answer in ("en/0/1", "zh/0/1")),
        *((query, answer) for query in ("en/q2", "zh/q2") for answer in ("en/0/0", "zh/0/0")),
        ("en/q3", "en/1/0"),
    }


def test_languages_asked_for_decide_content_and_order(load, tmp_path):
    write(tmp_path / "set", sample())
    assert load(["zh", "en"]).query_ids[:2] == ["zh/q1", "zh/q2"]
    alone = load(["zh"])
    np.testing.assert_array_equal(alone.relevant, [[0, 1], [1, 0]])
    assert len({load(languages).fingerprint for languages in (["en", "zh"], ["zh", "en"], ["zh"], ["en"])}) == 4


def test_no_languages_named_means_all_of_the_data_set(load, tmp_path):
    content = sample()
    write(tmp_path / "set", content | {"de": content["en"]})
    assert load(None).languages == ("en", "zh", "de")


def test_gzip_holds_the_same(load, tmp_path):
    write(tmp_path / "set", sample())
    plain = load().fingerprint
    for file in list((tmp_path / "set").iterdir()):
        (tmp_path / "set" / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert load().fingerprint == plain


def test_missing_folder(refused, tmp_path):
    refused(tmp_path / "none", "no such folder", path=tmp_path / "none")


def test_missing_language_file(refused, tmp_path):
    (tmp_path / "set").mkdir()
    refused("set/en.json", "en.json.gz", "no such files")
    refused("set/de.json", "has: en.json zh.json", content=sample(), languages=["en", "de"])


def test_languages_that_the_data_set_lacks(refused):
    refused("'toy' has no language 'fi' (has: en zh de)", languages=["en", "fi"])
    refused("unknown language 'german'; did you mean 'de'", languages=["german"])


@pytest.mark.parametrize("languages", [[], ["en", "en"], "en"])
def test_languages_that_are_no_list_of_different_ones(refused, languages):
    refused(f"languages={languages}", "[de, en]", languages=languages)


def test_cut_off_json(refused, tmp_path):
    write(tmp_path / "set", sample())
    file = tmp_path / "set" / "en.json"
    file.write_bytes(file.read_bytes()[:300])
    refused(file, "cut off", "line 1, column", "300 characters")


def test_cut_off_gzip(refused, tmp_path):
    write(tmp_path / "set", sample())
    file = tmp_path / "set" / "en.json"
    (tmp_path / "set" / "en.json.gz").write_bytes(gzip.compress(file.read_bytes())[:-30])
    file.unlink()
    refused("set/en.json.gz", "gzip data is cut off")


def test_not_gzip_not_utf_8_not_readable(refused, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "zh.json.gz").write_bytes(b"{}")
    refused("set/zh.json.gz", "gzip", languages=["zh"])
    (tmp_path / "set" / "en.json").write_bytes(b'{"data": "\xff"}')
    refused("set/en.json", "UTF-8", "byte 10")


@pytest.mark.parametrize(
    ("position", "key"),
    [
        ("", "data"),
        ("data[1]", "paragraphs"),
        ("data[0].paragraphs[0]", "context"),
        ("data[0].paragraphs[0]", "sentence_breaks"),
        ("data[1].paragraphs[0]", "qas"),
        ("data[0].paragraphs[0].qas[1]", "id"),
        ("data[0].paragraphs[0].qas[1]", "question"),
        ("data[0].paragraphs[0].qas[1]", "answers"),
        ("data[0].paragraphs[0].qas[1].answers[0]", "answer_start"),
    ],
)
def test_missing_or_wrong_key(refused, position, key):
    for value, complaint in ((None, f"key '{key}' is missing"), ({}, f"'{key}' has to be")):
        content = copy.deepcopy(sample())
        node = content["en"]
        for step in position.replace("]", "").replace("[", ".").split(".") if position else []:
            node = node[int(step) if step.isdigit() else step]
        if value is None:
            del node[key]
        else:
            node[key] = value
        refused(f"set/en.json: {position}", complaint, content=content)


def test_something_else_where_an_object_is_needed(refused, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "en.json").write_text(json.dumps({"data": [3]}))
    refused("set/en.json: data[0]", "a whole number is here, where LAReQA's layout")
    (tmp_path / "set" / "en.json").write_text("[]")
    layout = 'LAReQA\'s layout {"data": [{"paragraphs": [{"context", "sentence_breaks", "qas"}]}]}'
    refused(f"set/en.json: a list is at the top, where {layout} has an object")


def test_empty_question(refused):
    content = sample()
    content["zh"]["data"][0]["paragraphs"][0]["qas"][0]["question"] = "\u3000"
    refused("set/zh.json: data[0].paragraphs[0].qas[0]", "'question' is empty", content=content)


def test_duplicate_question_id(refused):
    content = sample()
    content["en"]["data"][1]["paragraphs"][0]["qas"][0]["id"] = "q2"
    places = "data[1].paragraphs[0].qas[0]", "data[0].paragraphs[0].qas[1]"
    refused("set/en.json", "'q2'", *places, content=content)


@pytest.mark.parametrize("start", [-1, 17, 10_000])
def test_answer_outside_every_sentence(refused, start):
    content = sample()
    content["en"]["data"][0]["paragraphs"][0]["qas"][1]["answers"][0]["answer_start"] = start
    refused("set/en.json: data[0].paragraphs[0].qas[1].answers[0]", f"answer_start {start}", content=content)


@pytest.mark.parametrize("span", [[0, 10_000], [-1, 3], [5, 5], [1], [0, "3"], None])
def test_sentence_outside_the_context(refused, span):
    content = sample()
    content["en"]["data"][0]["paragraphs"][0]["sentence_breaks"][2] = span
    refused("set/en.json: data[0].paragraphs[0]", f"sentence_breaks[2] is {span}", "49 characters", content=content)


def test_question_without_an_answer_is_counted_and_left_out(load, tmp_path):
    content = sample()
    content["en"]["data"][1]["paragraphs"][0]["qas"][0]["answers"] = []
    write(tmp_path / "set", content)
    collection = load()
    assert collection.unanswered == 1
    assert "en/q3" not in collection.query_ids


def test_paragraphs_answer_in_place_of_their_sentences(tmp_path):
    content = sample()
    content["en"]["data"].append(copy.deepcopy(content["en"]["data"][1]))  # a paragraph that is there twice
    content["en"]["data"][2]["paragraphs"][0]["qas"][0]["id"] = "q4"
    write(tmp_path / "set", content)
    path, store = tmp_path / "set", Store(tmp_path / "store")
    collection = lareqa("toy", path, ["en", "zh"], "http://localhost:1", CHECKSUMS, store, unit="paragraph")
    assert collection.candidate_ids == ["en/0", "en/1", "zh/0"]
    assert collection.candidate_texts[1] == "Sahara means desert."
    relevant = {(collection.query_ids[q], collection.candidate_ids[c]) for q, c in collection.relevant}
    assert {("zh/q1", "en/0"), ("zh/q1", "zh/0"), ("en/q3", "en/1"), ("en/q4", "en/1")} <= relevant
    with pytest.raises(LangmixError, match="unit=article has to be sentence or paragraph"):
        lareqa("toy", path, ["en"], "http://localhost:1", CHECKSUMS, store, unit="article")


def test_whole_numbers_are_question_ids(load, tmp_path):
    content = sample()
    for tree in content.values():
        for article in tree["data"]:
            for paragraph in article["paragraphs"]:
                for question in paragraph["qas"]:
                    question["id"] = int(question["id"][1:])
    write(tmp_path / "set", content)
    assert load().query_questions == ["1", "2", "3", "1", "2"]


@pytest.mark.parametrize("name", ["a/b", "../x", "", "a b", "[b]$x$\n", ".x"])
def test_a_name_that_no_file_can_be_called_by(tmp_path, name):
    write(tmp_path / "set", sample())
    with pytest.raises(LangmixError, match="the name has to be of letters, digits"):
        lareqa(name, tmp_path / "set", ["en"], "http://localhost:1", CHECKSUMS, Store(tmp_path / "store"))
