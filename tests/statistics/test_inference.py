"""Simulated coverage, alone and together; `benchmarks/interval_coverage.py` does it at length."""

import numpy as np
import pandas as pd
import pytest

from langmix.statistics.cluster_sums import ALL, ClusterSums
from langmix.statistics.inference import infer
from langmix.statistics.max_t import critical, p_values
from tests.statistics.simulated import band, joint_draw

ROWS, QUESTIONS = 6, 100


def evaluations(rng, seeds, own, share=0.5, question=0.5, rest=0.3, effect=0.0):
    """Two arms whose rows share ``share`` of each variance; without ``effect`` there is no true difference."""

    def values(*shape):
        return np.sqrt(share) * rng.normal(size=(*shape, 1)) + np.sqrt(1 - share) * rng.normal(size=(*shape, ROWS))

    difference = question * values(QUESTIONS) + effect
    arms = {
        arm: own * values(seeds)[:, None] + rest * values(seeds, QUESTIONS) + (difference if arm == "run" else 0)
        for arm in ("run", "baseline")
    }
    rows = pd.DataFrame({"setting": "s", "language": ALL, "measure": [f"m{number}" for number in range(ROWS)]})
    return ClusterSums(rows, np.eye(ROWS), np.ones((QUESTIONS, ROWS)), arms)


def coverage(seeds, own, trials, resamples=399):
    """Share of rows whose pointwise interval holds the truth, and of families all of whose intervals do."""
    rng = np.random.default_rng([seeds, int(100 * own)])
    alone, together = [], []
    for trial in range(trials):
        found = infer(
            evaluations(rng, seeds, own), "run", "baseline", joint_draw(QUESTIONS, resamples, trial), "question"
        )
        alone.append((np.abs(found.difference) <= found.reach(0.05)).mean())
        together.append(found.statistic.max() <= critical(found.reference.max(axis=1), 0.05))
    return np.mean(alone), np.mean(together)


@pytest.mark.parametrize(("seeds", "own"), [(1, 0.0), (2, 0.3), (5, 0.3), (5, 0.05), (10, 0.3), (20, 0.3)])
def test_coverage_alone_and_together(seeds, own):
    trials = 150
    for covered in coverage(seeds, own, trials):
        assert covered > band(0.95, trials)[0]


def test_intervals_of_single_rows_do_not_cover_together():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(150):
        found = infer(
            evaluations(rng, 1, 0.0, share=0.1), "run", "baseline", joint_draw(QUESTIONS, 399, trial), "question"
        )
        hits += (np.abs(found.difference) <= found.reach(0.05)).all()
    assert hits / 150 < 0.87


def test_an_effect_is_found():
    found = infer(evaluations(np.random.default_rng(1), 5, 0.05, effect=0.5), "run", "baseline",
                  joint_draw(QUESTIONS), "question")  # fmt: skip
    assert (p_values(found.statistic, found.reference.max(axis=1)) < 0.01).all()


def test_articles_of_unequal_size_are_covered_where_questions_are_not():
    """Questions of an article have something in common: 48 articles, as in XQuAD, of 5 to 45 questions."""
    rng = np.random.default_rng(2)
    trials, hits = 150, {"question": 0, "article": 0}
    for trial in range(trials):
        article = np.repeat(np.arange(48), rng.integers(5, 46, 48))
        d = (0.6 * rng.normal(size=48)[article] + rng.normal(size=len(article)))[:, None]
        rows = pd.DataFrame({"setting": ["s"], "language": [ALL], "measure": ["m"]})
        data = ClusterSums(rows, np.eye(1), np.ones((len(d), 1)), {"run": d[None], "baseline": 0 * d[None]})
        draws = joint_draw(len(d), 399, trial, article=article)
        for level, sums in (("question", data), ("article", data.grouped(article))):
            found = infer(sums, "run", "baseline", draws, level)
            hits[level] += abs(found.difference[0]) <= found.reach(0.05)[0]
    assert hits["article"] / trials > band(0.95, trials)[0]
    assert hits["question"] / trials < 0.8
