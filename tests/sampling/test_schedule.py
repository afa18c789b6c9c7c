import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.sampling import hybrid
from langmix.sampling.schedule import Schedule

from .sample_corpus import full_corpus

STEPS = np.arange(1000)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 800), st.sampled_from(["linear", "cosine"]))
def test_a_schedule_goes_from_its_start_to_its_end(start, end, steps, shape):
    values = Schedule(start, end, steps, shape)(STEPS)
    assert values[0] == pytest.approx(start if steps > 0 else end)
    assert values[max(1, steps - 1) :] == pytest.approx(end)
    assert ((np.diff(values) >= -1e-12) if end >= start else (np.diff(values) <= 1e-12)).all()


def test_shapes_by_their_values():
    assert Schedule(0.0, 1.0, 5, "linear")(np.arange(5)).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert Schedule(0.0, 1.0, 5, "cosine")(np.arange(5)) == pytest.approx([0, 0.1464466, 0.5, 0.8535534, 1])
    assert Schedule(0.3, 0.3, 5)(np.arange(3)).tolist() == [0.3] * 3


def test_the_mix_follows_the_schedule_as_a_function_of_the_step(trio):
    def scheduled():
        return hybrid(trio, 8, seed=2, alpha=1.0, alpha_schedule="linear", alpha_end=0.0, alpha_steps=6000)

    sampler = scheduled()
    mono = np.array([sampler.plan(step).kind != "x_y" for step in range(6000)])
    for start in range(0, 6000, 1000):
        expected = 1 - (start + 500) / 6000
        assert mono[start : start + 1000].mean() == pytest.approx(expected, abs=0.06)
    assert sampler.probabilities_at(5999)["x_y"] == 1
    again = scheduled().plan(5000)  # asked for alone
    assert (again.rows == sampler.plan(5000).rows).all()
    assert again.kind == sampler.plan(5000).kind


def test_a_constant_schedule_is_alpha(trio):
    constant = hybrid(trio, 8, seed=2, alpha=0.3)
    flat = hybrid(trio, 8, seed=2, alpha=0.3, alpha_schedule="cosine", alpha_end=0.3, alpha_steps=9)
    assert [constant.plan(step).kind for step in range(50)] == [flat.plan(step).kind for step in range(50)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"alpha_schedule": "stairs"}, "sampler.alpha_schedule=stairs: must be constant, linear or cosine"),
        ({"alpha_schedule": "linear"}, "linear and cosine need an end"),
        ({"alpha_end": 0.1}, "constant has none"),
        ({"alpha_schedule": "linear", "alpha_end": 1.5}, "sampler.alpha_end=1.5: must be a probability"),
    ],
)
def test_what_does_not_go_together_is_refused(values, message):
    with pytest.raises(LangmixError, match=message):
        hybrid(full_corpus(30, ("en", "de")), 8, 0, **values)
