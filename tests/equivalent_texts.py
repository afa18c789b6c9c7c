"""Texts that Unicode calls canonically equivalent: different code points, one text."""

import unicodedata

from hypothesis import strategies as st

_LATIN_AND_GREEK = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030c\u031b\u0323\u0327\u0328\u0338\u0345"
)
_ARABIC_INDIC_AND_KANA = "\u064b\u064e\u0650\u0651\u0653\u0654\u093c\u09be\u3099\u309a"
_MARKS = _LATIN_AND_GREEK + _ARABIC_INDIC_AND_KANA
_LETTERS = "aeiouAEIOUnsydWơưƠƯăâêôαιωΙρесاويकयডがはカ각\u1100\u1161\u11a8ﬁªＡｶﾞ～ \u212b\u2126\u0958\u0344\u1e9b\u0130ı"


def forms(text):
    """The text as typed, composed and decomposed."""
    return text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)


equivalents = st.text(st.sampled_from(_LETTERS + 2 * _MARKS), max_size=12).map(forms)
