import hashlib
import math

import pytest

from langmix.errors import LangmixError
from langmix.fingerprint import fingerprint


def test_is_the_digest_of_canonical_json():
    expected = hashlib.sha256('{"a":[1,"ü",null],"b":{"c":0.5,"d":true}}'.encode()).hexdigest()[:16]
    assert fingerprint({"b": {"d": True, "c": 0.5}, "a": (1, "ü", None)}) == expected


def test_order_of_keys_does_not_count_but_order_of_lists_does():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": ["ar", "de"]}) != fingerprint({"a": ["de", "ar"]})


def test_any_change_changes_it():
    configs = [{}, {"a": 1}, {"a": 2}, {"a": "1"}, {"a": None}, {"b": 1}, {"a": {"b": 1}}, {"a": [1]}]
    assert len({fingerprint(config) for config in configs}) == len(configs)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"loss": {"temperature": math.nan}}, "loss.temperature is nan"),
        ({"a": [1, math.inf]}, r"a\[1\] is inf"),
        ({"a": {"b": {1, 2}}}, "a.b is a set"),
        ({"a": object()}, "a is a object"),
        ({"a": {1: "x"}}, "key 1 under 'a' is not a string"),
    ],
)
def test_value_without_a_json_form_is_named(config, message):
    with pytest.raises(LangmixError, match=message):
        fingerprint(config)
