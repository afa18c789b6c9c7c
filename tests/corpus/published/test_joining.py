"""Files of several languages as one parallel set: which rows belong together, and what is refused."""

import json

import numpy as np
import pytest

from langmix.corpus.published.entity_questions import entity_questions
from langmix.corpus.published.natural_questions import natural_questions
from langmix.corpus.published.squad import squad
from langmix.corpus.published.wikiqa import wikiqa
from langmix.errors import LangmixError
from langmix.store import Store
from tests.corpus.user_files import grouping

from .samples import ENTITY, WIKIQA, lines, nq, squad_file


def test_squad_joins_languages_by_question(load):
    en, de = squad_file({"one": ["a", "b"], "two": ["c"]}), squad_file({"eins": ["b"], "zwei": ["c"], "drei": ["d"]})
    corpus = load(squad, en=("en.json", en), de=("de.json.gz", de))
    assert corpus.languages == ("en", "de")
    assert corpus.table.column("passage.de").to_pylist() == [None, "eins", "zwei", "drei"]
    assert grouping(corpus) == [0, 0, 1, 2]


def test_squad_groups_are_linked_over_languages(load):
    # Two English paragraphs are one in German, so all three questions belong together.
    en, de = squad_file({"one": ["a"], "two": ["b"], "three": ["c"]}), squad_file({"eins": ["a", "b"], "drei": ["c"]})
    assert grouping(load(squad, en=("en.json", en), de=("de.json", de))) == [0, 0, 1]


def test_translations_are_joined_by_id(load):
    german = [
        {"id": "Q2/D2-1", "query": "wer?", "passage": "sie."},
        {"id": "Q1/D1-3", "query": "wie?", "passage": None},
    ]
    corpus = load(wikiqa, {"de": ("de.jsonl", lines(german))}, en=("WikiQA-train.tsv", WIKIQA))
    assert corpus.languages == ("en", "de")
    assert corpus.table.column("query.de").to_pylist() == ["wie?", None, "wer?"]
    assert corpus.table.column("passage.de").to_pylist() == [None, None, "sie."]
    assert grouping(corpus) == [0, 0, 1]


def test_a_translation_in_the_published_format(load):
    german = WIKIQA.replace("how are glacier caves formed?", "wie?").replace("They are often called ice caves.", "")
    corpus = load(wikiqa, en=("WikiQA-train.tsv", WIKIQA), de=("WikiQA-train.tsv", german))
    assert corpus.table.column("query.de").to_pylist() == ["wie?", "wie?", "who was the first?"]
    assert corpus.table.column("passage.de").to_pylist()[1] is None


def test_a_folder_is_all_its_files(load, tmp_path):
    load(entity_questions, en=("P19.train.json", ENTITY))
    (tmp_path / "en" / "P17.train.json").write_text(json.dumps(ENTITY))
    (tmp_path / "en" / ".hidden").write_text("no")
    corpus = entity_questions(
        name="set", files={"en": tmp_path / "en"}, translations=None, store=Store(tmp_path), validation_fraction=0
    )
    assert corpus.ids(np.arange(4)) == ["P17.train/0", "P17.train/2", "P19.train/0", "P19.train/2"]


def test_splits_share_no_group_and_the_store_is_read_again(load):
    rows = [nq(number, 4, 11, document_url=f"u{number // 3}") for number in range(300)]
    splits = [
        load(natural_questions, split=split, validation_fraction=0.3, en=("nq.jsonl", lines(rows)))
        for split in ("train", "validation")
    ]
    groups = [{int(key) // 3 for key in corpus.ids(np.arange(len(corpus)))} for corpus in splits]
    assert not groups[0] & groups[1]
    assert len(groups[0] | groups[1]) == 100


def test_other_ids(load):
    other = [{"id": "Q9/D9-1", "query": "wer?", "passage": "sie."}]
    with pytest.raises(LangmixError, match=r"de.jsonl, line 1: id 'Q9/D9-1' is no pair of corpus 'set'"):
        load(wikiqa, {"de": ("de.jsonl", lines(other))}, en=("WikiQA-train.tsv", WIKIQA))
    with pytest.raises(LangmixError, match=r"de.json: has no id in common with 'en'; the languages of a set share"):
        load(squad, en=("en.json", squad_file({"one": ["a"]})), de=("de.json", squad_file({"eins": ["b"]})))


def test_bad_arguments(load, tmp_path):
    def refused(message, **changes):
        store = Store(tmp_path)
        arguments = {"name": "set", "files": None, "translations": None, "store": store, "validation_fraction": 0.0}
        with pytest.raises(LangmixError, match=message):
            wikiqa(**arguments | changes)

    refused(r"corpus 'set': files={} names no language; give the set as files={en: PATH}")
    refused("corpus 'set': files.en names no file", files={"en": None})
    refused("no.tsv: no such file", files={"en": tmp_path / "no.tsv"})
    refused("has to be a mapping", files="train.tsv")
    refused("unknown language 'xx'", files={"xx": tmp_path})
    refused("has to be from 0 to 1", validation_fraction=1.5, files={"en": "x"})
    (tmp_path / "w.tsv").write_text(WIKIQA)
    refused("'en' stands both", files={"en": tmp_path / "w.tsv"}, translations={"en": tmp_path / "w.tsv"})
    refused("needs a full commit hash", files={"en": "hf://datasets/o/n@main/w.tsv"})
    refused("not an address like hf://", files={"en": "hf://o/n/w.tsv"})
    refused(
        "the hub does not give it .*; download it and give its path",
        files={"en": f"hf://datasets/o/n@{'0' * 40}/w.tsv"},
    )


def test_xquad_is_parallel_by_question(data, tmp_path):
    files = {code: data / "xquad_r" / f"{code}.json.gz" for code in ("en", "de", "ar", "th")}
    corpus = squad(name="xquad", files=files, translations=None, store=Store(tmp_path), validation_fraction=0.0)
    assert len(corpus) == 1190
    assert corpus.has("query").all()
    assert corpus.has("passage").all()
    assert len(set(grouping(corpus))) == 240


def test_mlqa_links_what_its_languages_put_together(data, tmp_path):
    files = {code: data / "mlqa_r" / f"{code}.json.gz" for code in ("en", "de", "es")}
    corpus = squad(name="mlqa", files=files, translations=None, store=Store(tmp_path), validation_fraction=0.0)
    assert corpus.has("query").sum(axis=0).tolist() == [1148, 512, 500]
    for code in files:
        column = corpus.table.column(f"passage.{code}").to_pylist()
        by_passage = {}
        for text, group in zip(column, grouping(corpus), strict=True):
            if text is not None:
                by_passage.setdefault(text, set()).add(group)
        assert all(len(groups) == 1 for groups in by_passage.values())
