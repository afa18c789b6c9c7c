"""mMARCO in the published files' format."""

import gzip

import numpy as np
import pytest

from langmix.corpus.mmarco import mmarco
from langmix.errors import LangmixError
from langmix.sampling import hybrid
from langmix.store import Store

TRIPLES = "400296\t1540783\t3518497\n662731\t193249\t2975302\n400296\t1540783\t99\n7\t193249\t4\n8\t5\t6\n"
QUERIES = {"english": {400296: "is a little caffeine ok", 662731: 'where is "whitemarsh"', 7: "q7", 8: "q8", 9: "q9"}}
QUERIES["german"] = {key: f"{text} de" for key, text in QUERIES["english"].items()}
PASSAGES = {"english": {5: "p5", 193249: "p\u2028a", 1540783: "p1540783", 77: "not relevant to anything"}}
PASSAGES["german"] = {key: f"{text} de" for key, text in PASSAGES["english"].items()}


def tsv(texts):
    return "".join(f"{key}\t{text}\n" for key, text in texts.items())


@pytest.fixture
def load(tmp_path):
    """The corpus of the small files, of which some are replaced."""

    def load(languages=("en", "de"), validation_fraction=0.0, split="train", **replaced):
        contents = {"triples.train.ids.small.tsv": TRIPLES}
        contents |= {f"{name}_queries.train.tsv": tsv(texts) for name, texts in QUERIES.items()}
        contents |= {f"{name}_collection.tsv": tsv(texts) for name, texts in PASSAGES.items()}
        for name, text in contents.items():
            (tmp_path / name).write_text(replaced.get(name.partition(".")[0], text), encoding="utf-8")
        return mmarco(
            "mmarco",
            tmp_path / "triples.train.ids.small.tsv",
            f"{tmp_path}/{{name}}_queries.train.tsv",
            f"{tmp_path}/{{name}}_collection.tsv",
            languages,
            Store(tmp_path / "store"),
            validation_fraction,
            split,
        )

    return load


def test_a_row_is_a_triple_in_all_languages(load):
    corpus = load()
    assert (len(corpus), corpus.languages) == (5, ("en", "de"))
    assert corpus.ids(np.arange(5)) == ["1", "2", "3", "4", "5"]
    assert corpus.has("query").all()
    assert corpus.has("passage").all()
    rows, languages = np.array([0, 1, 2, 3]), np.array([0, 1, 1, 0])
    assert corpus.texts("query", rows, languages) == [
        "is a little caffeine ok",
        'where is "whitemarsh" de',
        "is a little caffeine ok de",
        "q7",
    ]
    assert corpus.texts("passage", rows, languages) == ["p1540783", "p\u2028a de", "p1540783 de", "p\u2028a"]


def test_queries_with_a_common_passage_are_one_group(load):
    assert load().group_names(np.arange(5)) == ["400296", "7", "400296", "7", "8"]


def test_splits_share_no_group(load):
    splits = [load(validation_fraction=0.5, split=split) for split in ("train", "validation")]
    assert sorted(key for corpus in splits for key in corpus.ids(np.arange(len(corpus)))) == ["1", "2", "3", "4", "5"]
    groups = [set(corpus.group_names(np.arange(len(corpus)))) for corpus in splits]
    assert not groups[0] & groups[1]


def test_samplers_draw_from_it(load):
    plan = hybrid(load(), 2, 0, alpha=0.0).plan(3)
    assert (plan.query_languages != plan.passage_languages).all()


def test_the_fingerprint_is_of_the_content(load, tmp_path):
    first = load().fingerprint
    assert load(english_queries=tsv(QUERIES["english"]) + "123\tnever asked\n").fingerprint == first
    assert load(english_queries=tsv(QUERIES["english"] | {7: "other"})).fingerprint != first
    assert load(languages=("de", "en")).fingerprint != first


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("triples", TRIPLES + "1\t2\n", "triples.train.ids.small.tsv, line 6: three numbers separated by tabs"),
        ("triples", "1\t2\tx\n" + TRIPLES, "line 1: three numbers separated by tabs"),
        ("triples", TRIPLES + "\n" + TRIPLES, "line 6: three numbers"),
        ("triples", "", "triples.train.ids.small.tsv: "),
        ("german_queries", "7 no tab\n", "german_queries.train.tsv, line 1: an id, a tab and a text are needed"),
        ("german_queries", tsv(QUERIES["german"]) + "x\ttext\n", "german_queries.train.tsv, line 6: an id"),
        ("german_collection", "5\t \n", "german_collection.tsv, line 1: an id, a tab and a text"),
        ("german_collection", "5\ta\n5\tb\n", "german_collection.tsv, line 2: id 5 a second time"),
        (
            "german_collection",
            "5\tp\n",
            "german_collection.tsv: has no id 193249, which {} names in line 2 (2 of 3 ids are missing)",
        ),
    ],
)
def test_malformed_files(load, tmp_path, file, content, told):
    with pytest.raises(LangmixError) as caught:
        load(**{file: content})
    message = str(caught.value)
    assert told.format(tmp_path / "triples.train.ids.small.tsv") in message
    assert "\n" not in message


def test_missing_files(load, tmp_path):
    with pytest.raises(LangmixError, match=r"spanish_queries.train.tsv: no such file"):
        load(languages=("en", "es"))
    with pytest.raises(LangmixError, match="corpus 'mmarco': queries names no file"):
        mmarco("mmarco", "t.tsv", None, "c.tsv", ["en"], tmp_path, 0.0)


def test_gzipped_files(load, tmp_path):
    plain = load().fingerprint
    for path in tmp_path.glob("*.tsv"):
        (tmp_path / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    files = [f"{tmp_path}/{name}.tsv.gz" for name in ("{name}_queries.train", "{name}_collection")]
    triples = tmp_path / "triples.train.ids.small.tsv.gz"
    assert mmarco("m", triples, *files, ["en", "de"], Store(tmp_path / "store"), 0.0).fingerprint == plain
