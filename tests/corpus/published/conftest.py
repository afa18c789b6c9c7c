import gzip
import json

import pytest

from langmix.store import Store


@pytest.fixture
def load(tmp_path):
    """A corpus of files, each written as text, gzip or JSON."""

    def load(loader, translations=None, split="train", validation_fraction=0.0, **files):
        """``loader`` with files given as {language: (name, content)}."""
        paths = {}
        for code, (name, content) in {**files, **(translations or {})}.items():
            path = tmp_path / code / name
            path.parent.mkdir(exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
            paths[code] = path
        return loader(
            name="set",
            files={code: paths[code] for code in files},
            translations={code: paths[code] for code in translations or {}},
            store=Store(tmp_path / "store"),
            validation_fraction=validation_fraction,
            split=split,
        )

    return load
