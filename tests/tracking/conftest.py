import shutil

import pytest

from langmix.store import Store


@pytest.fixture
def store(tmp_path, database):
    return _store(tmp_path / "store", database)


@pytest.fixture
def elsewhere(tmp_path, database):
    """The store of another machine."""
    return _store(tmp_path / "elsewhere", database)


def _store(root, database):
    root.mkdir()
    shutil.copy(database, root / "mlflow.db")
    return Store.open(root)
