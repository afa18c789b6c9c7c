"""The real XQuAD-R and MLQA-R, through the shipped configurations."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

CONF = Path(__file__).parents[2] / "conf" / "dataset"

# Questions and candidates by language.
COUNTS = {
    "xquad_r": {
        "ar": (1190, 1222),
        "de": (1190, 1276),
        "el": (1190, 1234),
        "en": (1190, 1180),
        "es": (1190, 1215),
        "hi": (1190, 1244),
        "ru": (1190, 1219),
        "th": (1190, 852),
        "tr": (1190, 1167),
        "vi": (1190, 1209),
        "zh": (1190, 1196),
    },
    "mlqa_r": {
        "ar": (517, 2545),
        "de": (512, 2362),
        "en": (1148, 6264),
        "es": (500, 1787),
        "hi": (507, 2426),
        "vi": (511, 2828),
        "zh": (504, 2322),
    },
}


def configuration(name, **changes):
    cfg = OmegaConf.merge(OmegaConf.load(CONF / f"{name}.yaml"), changes)
    cfg.store = "unused"
    return cfg


@pytest.fixture(scope="module", params=["xquad_r", "mlqa_r"])
def collection(request, data):
    return instantiate(configuration(request.param, path=str(data / request.param)))


def test_counts(collection):
    expected = COUNTS[collection.name]
    assert collection.languages == tuple(expected)
    queries = np.bincount(collection.query_languages)
    candidates = np.bincount(collection.candidate_languages)
    assert dict(zip(expected, zip(queries, candidates, strict=True), strict=True)) == expected
    totals = (len(collection.query_ids), len(collection.candidate_ids))
    assert totals == {"xquad_r": (13_090, 13_014), "mlqa_r": (4_199, 20_534)}[collection.name]


def test_each_question_has_one_answer_in_each_language_it_exists_in(collection):
    query, candidate = collection.relevant.T
    answers = np.zeros((len(collection.query_ids), len(collection.languages)), dtype=np.int64)
    np.add.at(answers, (query, collection.candidate_languages[candidate]), 1)
    exists = {}
    for cluster, language in zip(collection.query_questions, collection.query_languages, strict=True):
        exists.setdefault(cluster, np.zeros(len(collection.languages), dtype=np.int64))[language] = 1
    np.testing.assert_array_equal(answers, [exists[cluster] for cluster in collection.query_questions])
    sizes = np.bincount([languages.sum() for languages in exists.values()])
    if collection.name == "xquad_r":
        assert sizes[11] == sizes.sum() == 1190
    else:
        np.testing.assert_array_equal(sizes, [0, 0, 65, 263, 820])


def test_relevant_sentences_hold_their_answers_but_for_those_that_run_past_the_end(collection, data):
    sentence = {}
    for query, candidate in collection.relevant:
        if collection.query_languages[query] == collection.candidate_languages[candidate]:
            sentence[collection.query_ids[query]] = collection.candidate_texts[candidate]
    past = 0
    for language in collection.languages:
        tree = json.loads(gzip.decompress((data / collection.name / f"{language}.json.gz").read_bytes()))
        questions = [q for article in tree["data"] for paragraph in article["paragraphs"] for q in paragraph["qas"]]
        past += sum(q["answers"][0]["text"] not in sentence[f"{language}/{q['id']}"] for q in questions)
    assert past == {"xquad_r": 112, "mlqa_r": 25}[collection.name]


def test_configured_checksums_are_those_of_the_published_files(collection, data):
    configured = configuration(collection.name).sha256
    assert list(configured) == list(collection.languages)
    for language, checksum in configured.items():
        content = gzip.decompress((data / collection.name / f"{language}.json.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == checksum


@pytest.mark.parametrize(
    ("name", "folder", "queries", "candidates"),
    [("xquad_paragraphs", "xquad_r", 1190 * 8, 240 * 8), ("mlqa_paragraphs", "mlqa_r", 4199, 3646)],
)
def test_pools_of_paragraphs(data, name, folder, queries, candidates):
    cfg = configuration(name, path=str(data / folder))
    collection, sentences = instantiate(cfg), configuration(folder)
    assert collection.name == name
    assert (len(collection.query_ids), len(collection.candidate_ids)) == (queries, candidates)
    assert (cfg.url, cfg.sha256) == (sentences.url, sentences.sha256)


@pytest.mark.parametrize("name", COUNTS)
def test_configured_files_are_pinned_to_a_commit(name):
    commit, folder = configuration(name).url.split("/")[-2:]
    assert len(commit) == 40
    assert folder == name.replace("_", "-")


def test_paragraphs_and_articles_that_questions_share(collection):
    for sources, counts in (
        (collection.query_paragraphs, {"xquad_r": 240, "mlqa_r": 933}),
        (collection.query_articles, {"xquad_r": 48, "mlqa_r": 520}),
    ):
        assert len(set(sources)) == counts[collection.name]
        of_question = set(zip(collection.query_questions, sources, strict=True))
        assert len(of_question) == len(set(collection.query_questions))  # translations share it
