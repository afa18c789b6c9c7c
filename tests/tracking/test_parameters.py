import pytest

from langmix.errors import LangmixError
from langmix.tracking.parameters import LONGEST_VALUE, flatten, shorten


def test_nested_config_becomes_dotted_keys():
    config = {
        "sampler": {
            "_target_": "langmix.sampling.hybrid",
            "name": "hybrid",
            "alpha": 0.5,
            "schedule": None,
            "languages": ["ar", "zh"],
        },
        "trainer": {"fast": True, "callbacks": {}},
        "seed": 0,
        "unseen": {0: "el"},
        "title": "Übung [1]",
    }
    assert flatten(config) == {
        "sampler": "hybrid",
        "sampler.name": "hybrid",
        "sampler.alpha": "0.5",
        "sampler.schedule": "null",
        "sampler.languages": '["ar", "zh"]',
        "trainer.fast": "true",
        "trainer.callbacks": "{}",
        "seed": "0",
        "unseen.0": "el",
        "title": "Übung [1]",
    }


def test_long_values_stay_within_the_limit_and_stay_different():
    one, other = "a" * 9000 + "x", "a" * 9000 + "y"
    assert len(shorten(one)) == LONGEST_VALUE
    assert shorten(one) != shorten(other)
    assert shorten("a" * LONGEST_VALUE) == "a" * LONGEST_VALUE
    assert shorten(one).startswith("aaa")
    assert "9001 characters" in shorten(one)


@pytest.mark.parametrize("config", [{"a": {"b@c": 1}}, {"x" * 251: 1}, {"a": {"": 1}, "a.": 2}])
def test_key_that_mlflow_cannot_take_is_named(config):
    with pytest.raises(LangmixError, match="config key"):
        flatten(config)


def test_keys_that_become_the_same_are_named():
    with pytest.raises(LangmixError, match=r"'a\.b': occurs twice"):
        flatten({"a": {"b": 1}, "a.b": 2})
