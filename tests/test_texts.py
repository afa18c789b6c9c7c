"""What is seen of a text, and how it is shown on one line."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.texts import has_word, is_empty, one_line


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n\t\u3000\xa0", "\0", "\x1b", "\u200b\u200b", "\ufeff", "\xad\xad", "\u2060", "\u200e"),
        *("\u202e", "\u115f\u1160", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\u034f", "\U000e0041", "\u061c \0"),
    ],
)
def test_a_text_of_which_nothing_is_seen_is_empty(text):
    assert is_empty(text)


@pytest.mark.parametrize("text", ["a", "\u200ba", ".", "?", "़", "\u06dd", "🙂", "\u200d👩", "\ufffd", "។"])
def test_a_text_of_which_something_is_seen_is_not(text):
    assert not is_empty(text)


def test_every_letter_digit_and_mark_of_punctuation_but_the_ignorable_ones_is_seen():
    unseen = {chr(point) for point in range(sys.maxunicode + 1) if is_empty(chr(point))}
    letters = {character for character in unseen if unicodedata.category(character)[0] in "LNPS"}
    assert letters == {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}


def test_a_word_is_a_letter_or_a_digit():
    assert all(map(has_word, ["a", "…ß", "٣", "ไทย", "中", "½"]))
    assert not any(map(has_word, ["", "." * 61, "?!", "🙂", "।", "\u200b"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\n", r"a\nb\r\n"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\0\x85\u2028", r"\x00\x85\u2028"),
        ("abc\u202edef\u2069", r"abc\u202edef\u2069"),
        ("\ud83d", r"\ud83d"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ümlaut 中文 [bold] \\n", "ümlaut 中文 [bold] \\n"),
    ],
)
def test_what_breaks_a_line_or_garbles_it_stands_as_an_escape(text, shown):
    assert one_line(text) == shown
    assert str(LangmixError(text)) == shown


@given(st.text(st.characters(codec=None)))
def test_a_shown_text_is_one_line_that_can_be_encoded_and_is_shown_the_same_again(text):
    shown = one_line(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert one_line(shown) == shown


def test_a_very_long_message_keeps_its_ends():
    message = str(LangmixError("en.jsonl, line 1: " + "x" * 1_000_000 + " is too long"))
    assert len(message) < 5000
    assert message.startswith("en.jsonl, line 1: ")
    assert message.endswith(" is too long")
