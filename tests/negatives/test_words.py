import pytest

from langmix.negatives.words import words


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
