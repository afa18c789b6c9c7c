import unicodedata

import pytest
from hypothesis import given

from langmix.words import words
from tests.equivalent_texts import equivalents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. (2nd) well-known_thing!", ["the", "u", "s", "2nd", "well", "known", "thing"]),
        ("Straße STRASSE ﬁne", ["strasse", "strasse", "fine"]),  # case and ligatures
        ("हिन्दी में क्या है?", ["हिन्दी", "में", "क्या", "है"]),  # vowel signs are marks
        ("ما هي؟ نعم، ١٢", ["ما", "هي", "نعم", "١٢"]),
        ("北京大学在哪里？", ["北京", "京大", "大学", "学在", "在哪", "哪里"]),
        ("我 用iPhone15。", ["我", "用", "iphone15"]),
        ("ไปไหน ดี", ["ไป", "ปไ", "ไห", "หน", "ดี"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("?! …", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ka\u00addın co\u2060op", "kadın coop"),  # soft hyphen, word joiner
        ("র\u200c্যাম ab\u200dcd می\u200cشود", "র্যাম abcd میشود"),  # joiners and non-joiners
        ("\u200fשלום\u200e \ufeffx\ufe0f 葛\U000e0100城", "שלום x 葛城"),  # marks of direction, variation selectors
        ("e\u034f\u0301", "é"),  # whatever stood between a letter and its mark
        ("İstanbul İZMİR", "istanbul izmir"),
        ("Ϊ\u0301", "ΐ"),  # composed only as a small letter
    ],
)
def test_what_cannot_be_seen_makes_no_other_word(text, plain):
    assert words(text) == words(plain)


def test_zero_width_spaces_are_boundaries():
    assert words("ភាសា\u200bខ្មែរ") == words("ភាសា ខ្មែរ")
    assert words("ab\u200bcd") == ["ab", "cd"]


def test_every_ignorable_character_vanishes():
    # Of the characters that Unicode only formats with, those that stand for something visible stay boundaries.
    visible = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0xFFF9, 0xFFFA, 0xFFFB, 0x110BD, 0x110CD]
    hieroglyphs = range(0x13430, 0x13440)
    for code in range(0x110000):
        if unicodedata.category(chr(code)) == "Cf":
            boundary = code == 0x200B or code in visible or code in hieroglyphs
            assert words(f"ab{chr(code)}cd") == (["ab", "cd"] if boundary else ["abcd"]), hex(code)


@given(equivalents)
def test_equivalent_texts_have_the_same_words(texts):
    as_typed, composed, decomposed = map(words, texts)
    assert as_typed == composed == decomposed
