"""What has been translated stays so."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.translation.memory import Memory
from langmix.translation.translator import Translated

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20, unique=True)


@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_what_was_added_is_found_and_the_rest_is_missing(some, others):
    with tempfile.TemporaryDirectory() as folder:
        first = Memory(Path(folder), "a", "en", "es")
        kept = [Translated(f"{text}!", number or None) for number, text in enumerate(some)]
        first.add(some, kept)
        first.close()
        again = Memory(Path(folder), "a", "en", "es")
        assert again.translations([*some, *others, *some]) == dict(zip(some, kept, strict=True))
        assert again.missing([*others, *some, *others]) == [text for text in others if text not in some]
        again.close()
        for identity, source, target in (("b", "en", "es"), ("a", "en", "fr"), ("a", "es", "en")):
            other = Memory(Path(folder), identity, source, target)
            assert other.missing(some) == some
            other.close()


def test_a_lost_text_is_not_asked_for_again(tmp_path):
    memory = Memory(tmp_path, "a", "en", "es")
    memory.add(["x"], [Translated(None)])
    assert memory.missing(["x"]) == []
    assert memory.translations(["x"]) == {"x": Translated(None, None)}
    memory.close()


def test_a_file_that_is_none(tmp_path):
    Memory(tmp_path, "a", "en", "es").close()
    path = next(tmp_path.glob("*.sqlite"))
    path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(LangmixError, match="cannot be opened"):
        Memory(tmp_path, "a", "en", "es")
