import gzip

import pytest

from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.store import Store
from tests.corpus.user_files import COLUMNS, encoded


@pytest.fixture
def write(tmp_path):
    """Writes rows, or text, or bytes, as the kind of file its name says."""

    def write(name, content):
        kind, *compressed = name.split(".")[1:]
        if isinstance(content, list):
            content = encoded(kind, content)
        elif isinstance(content, str):
            content = content.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if compressed else content)
        return path

    return write


@pytest.fixture
def load(tmp_path):
    """The training split of a corpus without validation pairs, kept in `tmp_path / "store"`."""

    def load(files=None, file=None, columns=(), **changes):
        arguments = {"languages": None, "store": Store(tmp_path / "store"), "validation_fraction": 0.0} | changes
        return jsonl("mine", files, file, COLUMNS | dict(columns), **arguments)

    return load


@pytest.fixture
def refused(load, tmp_path):
    """Asserts that a corpus is refused in one line that holds all the parts, and that nothing of it is stored."""

    def refused(*parts, **arguments):
        with pytest.raises(LangmixError) as caught:
            load(**arguments)
        message = str(caught.value)
        assert "\n" not in message
        for part in parts:
            assert str(part) in message
        assert [path.name for path in (tmp_path / "store").rglob("*") if not path.name.endswith(".lock")] in (
            [],
            ["corpora"],
        )

    return refused


@pytest.fixture
def trio(write):
    """Three pairs of two groups; Finnish lacks a passage and a pair."""
    return {
        "en": write(
            "en.jsonl",
            [
                {"id": "a", "group": "g", "query": "qa en", "passage": "pa en"},
                {"id": "b", "group": "g", "query": "qb en", "passage": "pb en"},
                {"id": "c", "group": "h", "query": "qc en", "passage": "pc en"},
            ],
        ),
        "fi": write(
            "fi.jsonl",
            [
                {"id": "c", "group": "h", "query": "qc fi", "passage": "pc fi"},
                {"id": "a", "group": "g", "query": "qa fi", "passage": None},
            ],
        ),
    }
