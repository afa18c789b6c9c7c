"""Apertium through its stream format, against its own command."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.translation.apertium import Apertium

TEXTS = [
    "The dog sleeps in the house.",
    "Who is the president of the country?",
    "In 1998, the company had 1,234.5 workers; most of them lived in the city",
    "Two lines\nof text.",
    "[1] A note in brackets \\ and a $ sign / and a slash ^ here.",
    "The dog sleeps in the house.",
]


@pytest.fixture(scope="module")
def apertium():
    if not (shutil.which("apertium") and Path("/usr/share/apertium/modes/eng-spa.mode").exists()):
        pytest.skip("apertium is not installed (Debian: apertium apertium-eng-spa)")
    return Apertium(workers=1)


def texts_of(translations):
    return [each.text for each in translations]


def test_translations_are_those_of_its_own_command(apertium):
    own = [
        subprocess.run(["apertium", "-u", "eng-spa"], input=text, capture_output=True, text=True, check=True).stdout
        for text in TEXTS
    ]
    found = texts_of(apertium.translate(TEXTS, "en", "es"))
    assert [" ".join(text.split()) for text in found] == [" ".join(text.split()) for text in own]
    assert found[0] == found[-1]
    assert "casa" in found[0]


def test_unknown_words_are_counted_and_their_marks_taken_out(apertium):
    known, unknown = apertium.translate(["The dog sleeps.", "The xyzzyx sleeps in Frobnitzheim."], "en", "es")
    assert known.unknown == 0
    assert unknown.unknown == 2
    assert "xyzzyx" in unknown.text
    assert "*" not in unknown.text


@pytest.mark.parametrize(
    "kept", ["https://example.org/a_b?c=[1]&d=#e", "{name}", "C#", "me@example.org", "*", "<b>", "%(count)s", "a*b*c"]
)
def test_what_is_no_language_comes_through(apertium, kept):
    translation = apertium.translate([f"The dog sees {kept} in the house."], "en", "es")[0]
    assert kept in translation.text


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip), max_size=30))
def test_any_text_has_one_translation_in_its_place(apertium, texts):
    alone = [apertium.translate([text], "en", "es")[0] for text in texts[:2]]
    together = apertium.translate([*texts, "The dog sleeps."], "en", "es")
    assert len(together) == len(texts) + 1
    assert together[:2] == [*alone, *together[len(alone) : 2]]
    assert together[-1] == apertium.translate(["The dog sleeps."], "en", "es")[0]


def test_directions_are_told_by_either_iso_code(apertium):
    apertium.check("en", "es", [])
    with pytest.raises(LangmixError, match=r"'en->xh' is not installed \(installed: .*en->es.*apt-cache search"):
        apertium.check("en", "xh", [])
    assert apertium.identity("en", "es") != apertium.identity("es", "en")


def test_a_program_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LangmixError, match="not installed; on Debian: apt-get install apertium"):
        Apertium().check("en", "es", [])


def test_a_program_that_fails(apertium, monkeypatch, tmp_path):
    broken = tmp_path / "apertium"
    broken.write_text("#!/bin/sh\necho 'cannot open mode' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(LangmixError, match=r"apertium eng-spa: failed \(cannot open mode\)"):
        apertium.translate(["a", "b"], "en", "es")


def test_workers():
    with pytest.raises(LangmixError, match="workers=0"):
        Apertium(workers=0)
