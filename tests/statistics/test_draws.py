import numpy as np
import pytest

from tests.statistics.simulated import joint_draw


def test_draws_are_questions_with_replacement():
    draws = joint_draw(40, 300, seed=1).clusters("question")
    assert (draws.sum(axis=1) == 40).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(40), abs=0.3)
    assert draws.var() == pytest.approx(1 - 1 / 40, abs=0.05)
    np.testing.assert_array_equal(draws, joint_draw(40, 300, seed=1).clusters("question"))
    assert (draws != joint_draw(40, 300, seed=2).clusters("question")).any()


def test_questions_of_a_paragraph_are_drawn_together():
    paragraph = np.array([0, 0, 0, 1, 1, 2])
    draws = joint_draw(6, 200, paragraph=paragraph)
    weights = draws.weights("paragraph", slice(50, 150))
    np.testing.assert_array_equal(weights, draws.clusters("paragraph")[50:150][:, paragraph])
    assert (draws.clusters("paragraph").sum(axis=1) == 3).all()


def test_levels_and_words_have_generators_of_their_own():
    draws = joint_draw(6, 200, paragraph=np.arange(6))
    assert (draws.clusters("question") != draws.clusters("paragraph")).any()
    one, again, other = (draws.generator(*names).normal() for names in (("a", "b"), ("a", "b"), ("ab",)))
    assert one == again != other
