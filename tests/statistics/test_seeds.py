import numpy as np
import pandas as pd
import pytest
from scipy import stats

from langmix.errors import LangmixError
from langmix.statistics.cluster_sums import ClusterSums
from langmix.statistics.seeds import (
    Uncertainty,
    draw_seeds,
    over_questions,
    over_questions_and_seeds,
    seed_variance,
)
from tests.statistics.simulated import band, joint_draw, one_row


def two_arms(rng, seeds, questions=100, own=0.3, question=0.5, rest=0.3):
    arms = {}
    difference = rng.normal(size=(questions, 1)) * question
    for name in ("run", "baseline"):
        by_seed = rng.normal(size=(seeds, 1, 1)) * own
        interaction = rng.normal(size=(seeds, questions, 1)) * rest
        arms[name] = by_seed + interaction + (difference if name == "run" else 0) + np.zeros((1, 1, 2))
    return one_row(arms)


def covers(data, uncertainty):
    difference = data.contributions(data.difference("run", "baseline")).sum(axis=0)
    low, high = uncertainty.intervals(difference)[0]
    return low <= 0 <= high


@pytest.mark.parametrize("own", [0.3, 0.05])
@pytest.mark.parametrize("seeds", [3, 5])
def test_coverage_over_questions_and_seeds(seeds, own):
    trials = 500
    rng = np.random.default_rng([seeds, int(own * 100)])
    drawn = [two_arms(rng, seeds, own=own) for _ in range(trials)]
    hits = np.mean([covers(data, over_questions_and_seeds(data, "run", "baseline")) for data in drawn])
    low, high = band(0.95, trials)
    assert low - 0.01 < hits
    assert hits < (high if own == 0.3 else 1)  # few seeds cannot show that seeds matter little
    if own == 0.3:  # what the seeds do is not seen by drawing questions
        assert np.mean([covers(data, over_questions(data, "run", "baseline")) for data in drawn]) < 0.6


def test_drawing_seeds_with_replacement_would_not_cover():
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(150):
        data = two_arms(rng, 3)
        ours, theirs = (data.sums[name].mean(axis=2) for name in ("run", "baseline"))
        draws = rng.multinomial(100, np.full(100, 1 / 100), 300) / 100
        picks = [rng.multinomial(3, np.full(3, 1 / 3), 300) / 3 for _ in range(2)]
        means = [((draws @ arm.T) * pick).sum(axis=1) for arm, pick in zip((ours, theirs), picks, strict=True)]
        low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
        hits.append(low <= 0 <= high)
    assert np.mean(hits) < 0.9


def test_seed_variance_is_that_of_the_seeds_alone():
    rng = np.random.default_rng(1)
    found = [seed_variance(two_arms(rng, 4, own=0.3), "run")[0] for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.3**2 / 4, rel=0.15)
    none = [seed_variance(two_arms(rng, 4, own=0.0, rest=1.0), "run")[0] for _ in range(300)]
    assert np.mean(none) < 0.5 * 1.0 / 100 / 4  # without the correction: the variance of the interaction


def test_many_seeds_and_questions_without_difference_are_a_welch_test():
    rng = np.random.default_rng(2)
    data = two_arms(rng, 6, question=0.0, rest=0.0)
    uncertainty = over_questions_and_seeds(data, "run", "baseline")
    welch = stats.ttest_ind(data.estimates("run"), data.estimates("baseline"), equal_var=False)
    difference = data.contributions(data.difference("run", "baseline")).sum(axis=0)
    assert uncertainty.p_values(difference) == pytest.approx(welch.pvalue)
    np.testing.assert_allclose(uncertainty.intervals(difference)[0], np.ravel(welch.confidence_interval()))


def test_one_seed_is_the_paired_t_test_over_questions():
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(size=(2, 1, 50, 1))
    data = one_row({"run": ours, "baseline": theirs})
    expected = stats.ttest_rel(ours[0], theirs[0])
    p = over_questions(data, "run", "baseline").p_values((ours - theirs).mean(axis=1)[0])
    assert p == pytest.approx(expected.pvalue)


def test_one_seed_where_several_are_needed():
    rng = np.random.default_rng(4)
    data = one_row({"run": rng.normal(size=(3, 20, 1)), "baseline": rng.normal(size=(1, 20, 1))})
    with pytest.raises(LangmixError, match=r"^run 'baseline': one seed is given where two or more are needed [^\n]*$"):
        over_questions_and_seeds(data, "run", "baseline")
    uncertainty = over_questions_and_seeds(data, "run", "baseline", deterministic=["baseline"])
    assert uncertainty.error[0] ** 2 == pytest.approx(
        over_questions(data, "run", "baseline").error[0] ** 2 + seed_variance(data, "run")[0]
    )


def test_no_difference_and_no_error():
    certain = Uncertainty(np.zeros(2), np.full(2, 9.0))
    np.testing.assert_array_equal(certain.p_values(np.array([0.0, 0.1])), [1, 0])


def test_seeds_that_agree_by_chance_are_not_taken_for_many():
    """Freedom of rows where questions outweigh seeds: Satterthwaite alone would give that of the questions."""
    data = two_arms(np.random.default_rng(5), 3, own=0.0)
    assert over_questions_and_seeds(data, "run", "baseline").freedom[0] <= 4
    assert over_questions_and_seeds(data, "run", "baseline", ["baseline"]).freedom[0] <= 2


def test_drawn_seeds_have_the_variance_of_their_mean():
    data = two_arms(np.random.default_rng(6), 5)
    moved = draw_seeds(data, "run", joint_draw(100, 20_000))
    assert moved.mean() == pytest.approx(0, abs=0.01)
    assert moved.var() == pytest.approx(seed_variance(data, "run")[0], rel=0.05)


def test_how_rows_move_together_is_believed_by_the_number_of_seeds():
    for seeds in (2, 5, 20):
        values = np.random.default_rng(seeds).normal(size=(seeds, 1, 1)) + np.zeros((seeds, 50, 2))
        rows = pd.DataFrame({"setting": "s", "language": ["all", "de"], "measure": "m"})
        data = ClusterSums(rows, np.eye(2), np.ones((50, 2)), {"run": values})  # two rows that are one
        moved = draw_seeds(data, "run", joint_draw(50, 20_000))
        assert np.corrcoef(moved.T)[0, 1] == pytest.approx(1 - 1 / (seeds - 1), abs=0.03)
