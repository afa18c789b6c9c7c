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
def benchmark(request, data):
    return instantiate(configuration(request.param, path=str(data / request.param)))


def test_counts(benchmark):
    expected = COUNTS[benchmark.name]
    assert benchmark.languages == tuple(expected)
    queries = np.bincount(benchmark.query_languages)
    candidates = np.bincount(benchmark.candidate_languages)
    assert dict(zip(expected, zip(queries, candidates, strict=True), strict=True)) == expected
    totals = (len(benchmark.query_ids), len(benchmark.candidate_ids))
    assert totals == {"xquad_r": (13_090, 13_014), "mlqa_r": (4_199, 20_534)}[benchmark.name]


def test_each_question_has_one_answer_in_each_language_it_exists_in(benchmark):
    query, candidate = benchmark.relevant.T
    answers = np.zeros((len(benchmark.query_ids), len(benchmark.languages)), dtype=np.int64)
    np.add.at(answers, (query, benchmark.candidate_languages[candidate]), 1)
    exists = {}
    for cluster, language in zip(benchmark.query_clusters, benchmark.query_languages, strict=True):
        exists.setdefault(cluster, np.zeros(len(benchmark.languages), dtype=np.int64))[language] = 1
    np.testing.assert_array_equal(answers, [exists[cluster] for cluster in benchmark.query_clusters])
    sizes = np.bincount([languages.sum() for languages in exists.values()])
    if benchmark.name == "xquad_r":
        assert sizes[11] == sizes.sum() == 1190
    else:
        np.testing.assert_array_equal(sizes, [0, 0, 65, 263, 820])


def test_relevant_sentences_hold_their_answers_but_for_those_that_run_past_the_end(benchmark, data):
    sentence = {}
    for query, candidate in benchmark.relevant:
        if benchmark.query_languages[query] == benchmark.candidate_languages[candidate]:
            sentence[benchmark.query_ids[query]] = benchmark.candidate_texts[candidate]
    past = 0
    for language in benchmark.languages:
        tree = json.loads(gzip.decompress((data / benchmark.name / f"{language}.json.gz").read_bytes()))
        questions = [q for article in tree["data"] for paragraph in article["paragraphs"] for q in paragraph["qas"]]
        past += sum(q["answers"][0]["text"] not in sentence[f"{language}/{q['id']}"] for q in questions)
    assert past == {"xquad_r": 112, "mlqa_r": 25}[benchmark.name]


def test_configured_checksums_are_those_of_the_published_files(benchmark, data):
    configured = configuration(benchmark.name).sha256
    assert list(configured) == list(benchmark.languages)
    for language, checksum in configured.items():
        content = gzip.decompress((data / benchmark.name / f"{language}.json.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == checksum


@pytest.mark.parametrize("name", COUNTS)
def test_configured_files_are_pinned_to_a_commit(name):
    commit, folder = configuration(name).url.split("/")[-2:]
    assert len(commit) == 40
    assert folder == name.replace("_", "-")


def test_paragraphs_and_articles_that_questions_share(benchmark):
    for sources, counts in (
        (benchmark.query_paragraphs, {"xquad_r": 240, "mlqa_r": 933}),
        (benchmark.query_articles, {"xquad_r": 48, "mlqa_r": 520}),
    ):
        assert len(set(sources)) == counts[benchmark.name]
        of_question = set(zip(benchmark.query_clusters, sources, strict=True))
        assert len(of_question) == len(set(benchmark.query_clusters))  # translations share it
