"""Texts that look the same have one code, others have not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.corpus.codes import comparable, text_codes

SAME = [
    ("The very same.", "  THE very\u00a0\n same. "),
    ("Straße", "STRASSE"),
    ("caf\u00e9", "cafe\u0301"),
    ("ﬁne １２", "fine 12"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("soft\u00adhyphen", "softhyphen"),
    ("\u200fمرحبا\u200f", "مرحبا"),
    ("می\u200cخواهم", "میخواهم"),
    ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
    ("ｶﾞ", "ガ"),
    ("☃\ufe0f", "☃"),
]
OTHER = [("a b", "ab"), ("cafe", "café"), ("हिन्दी", "हन्द"), ("a.", "a"), ("", "."), ("1", "2")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one, other):
    codes = text_codes([one, other])
    assert codes[0] == codes[1]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_not_the_same(one, other):
    codes = text_codes([one, other])
    assert codes[0] != codes[1]


@given(st.lists(st.text()))
def test_equal_codes_are_equal_texts(texts):
    codes = text_codes(texts)
    assert codes.shape == (len(texts),)
    assert len(set(codes.tolist())) == len(set(map(comparable, texts)))


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_is_the_long_one(text):
    assert comparable(text) == comparable(text + "\u00ad")
