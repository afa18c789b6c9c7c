import numpy as np
import pytest

from langmix.errors import LangmixError
from langmix.statistics.figures import cluster_figures
from langmix.statistics.inference import infer
from langmix.statistics.seeds import seed_variance
from tests.statistics.simulated import Mean, Median, band, joint_draw, one_row

NAMES = [f"q{number:03d}" for number in range(120)]


def at_question(figures, resamples=999, seed=0):
    draws = joint_draw(len(NAMES), resamples, seed)
    return cluster_figures(figures, NAMES, draws, "question"), draws


def test_a_mean_given_as_a_figure_is_judged_as_a_mean():
    ours, theirs = np.random.default_rng(0).normal([[0.2], [0]], 1, (2, 120))
    figures, draws = at_question({"run": [[Mean(ours, NAMES)]], "baseline": [[Mean(theirs, NAMES)]]}, 9999)
    found = infer(figures, "run", "baseline", draws, "question")
    mean = one_row({"run": ours[None, :, None], "baseline": theirs[None, :, None]})
    expected = infer(mean, "run", "baseline", draws, "question")
    assert found.difference == pytest.approx(expected.difference)
    assert found.uncertainty.error == pytest.approx(expected.uncertainty.error, rel=0.03)
    assert found.p() == pytest.approx(expected.p(), abs=0.01)
    assert found.reach(0.05) == pytest.approx(expected.reach(0.05), rel=0.04)


def test_seeds_of_a_mean_given_as_a_figure():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4, 1)) + rng.normal(size=(4, 120))
    figures, _ = at_question({"run": [[Mean(seed, NAMES)] for seed in values]}, 4999)
    mean = one_row({"run": values[:, :, None]})
    assert figures.interaction("run") == pytest.approx(mean.interaction("run"), rel=0.05)
    assert seed_variance(figures, "run") == pytest.approx(seed_variance(mean, "run"), rel=0.01)


def test_coverage_of_a_difference_of_medians():
    trials, hits = 200, 0
    rng = np.random.default_rng(2)
    for seed in range(trials):
        base = rng.exponential(size=120)
        values = {"run": base * 0.5 + rng.exponential(size=120), "baseline": base + 0.5 * rng.exponential(size=120)}
        figures, draws = at_question({run: [[Median(each, NAMES)]] for run, each in values.items()}, 399, seed)
        found = infer(figures, "run", "baseline", draws, "question")
        hits += abs(found.difference[0]) <= found.reach(0.05)[0]  # both are the same sum, so the truth is 0
    assert hits / trials > band(0.95, trials)[0]


def test_questions_of_a_figure_are_found_by_name_and_drawn_with_their_paragraph():
    some = NAMES[10:40]
    figure = Mean(np.arange(30.0), some)
    draws = joint_draw(120, 300, paragraph=np.arange(120) // 5)
    figures = cluster_figures({"run": [[figure]]}, NAMES, draws, "paragraph")
    assert (figures.questions[0], figures.clusters[0]) == (30, 6)
    times = draws.clusters("paragraph").repeat(5, axis=1)[:, 10:40].astype(float)
    np.testing.assert_allclose(figures.deviations["run"][:, 0], figure.value(times) - 14.5)


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ([], "is missing; run 'run' has it"),
        ([Median(range(120), NAMES)] * 2, "is given twice"),
        ([Median([np.nan] * 120, NAMES)], "is undefined in some of the runs only"),
        ([Median([np.inf] * 120, NAMES)], "is infinite"),
    ],
)
def test_figures_that_cannot_be_paired(theirs, words):
    with pytest.raises(LangmixError, match=r"^[^\n]*$") as error:
        at_question({"run": [[Median(range(120), NAMES)]], "baseline": [theirs]})
    assert str(error.value) == f"run 'baseline': median (setting 'multilingual', language 'all') {words}"


def test_figures_about_other_questions():
    others = [[Median(range(119), NAMES[1:])]]
    with pytest.raises(LangmixError, match=r"^run 'baseline': median is about other questions than in run 'run'$"):
        at_question({"run": [[Median(range(120), NAMES)]], "baseline": others})


def test_a_question_that_the_tables_do_not_have():
    with pytest.raises(LangmixError, match="median: question 'q999' is not in the per-query tables"):
        at_question({"run": [[Median([1, 2], ["q001", "q999"])]]})


def test_a_figure_that_no_run_has_a_value_of_has_no_row():
    empty = [[Median([np.nan] * 120, NAMES), Mean(range(120), NAMES, "mean")]]
    figures, _ = at_question({"run": empty, "baseline": empty})
    assert figures.rows["measure"].tolist() == ["mean"]
