import unicodedata

import pytest
from tokenizers.normalizers import Precompiled

from langmix.encoder.charsmap import precompile

RULES = {"\t": " ", "\x01": "", "ﬁ": "fi", "Ａ": "A", "ﷺ": "صلى الله عليه وسلم", "\U0001d538": "A", "é": "e"}


@pytest.fixture(scope="module")
def normalizer():
    return Precompiled(precompile(RULES))


@pytest.mark.parametrize("character", RULES)
def test_each_rule_is_applied(normalizer, character):
    assert normalizer.normalize_str(character) == RULES[character]


@pytest.mark.parametrize("text", ["e", "f", "A", "ﬂ", "Ｂ", "กรุงเทพ", "\U0001d539", "ê", "\x02"])
def test_what_has_no_rule_is_kept(normalizer, text):
    assert normalizer.normalize_str(text) == text


def test_rules_within_a_text(normalizer):
    assert normalizer.normalize_str("a\tﬁné\x01 Ａ\U0001d538") == "a fine AA"


def test_thousands_of_rules():
    characters = [chr(code) for code in range(0xA0, 0x20000) if not 0xD800 <= code < 0xE000]
    rules = {c: unicodedata.normalize("NFKC", c) for c in characters if unicodedata.normalize("NFKC", c) != c}
    assert len(rules) > 3000
    normalizer = Precompiled(precompile(rules))
    wrong = [c for c in characters if normalizer.normalize_str(c) != rules.get(c, c)]
    assert wrong == []
