import shutil

import pytest

from langmix.store import Store
from langmix.tracking.client import connect


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """An MLflow schema made once: the migrations take seconds."""
    store = Store.open(tmp_path_factory.mktemp("template"))
    connect(store.tracking_uri)
    return store.root / "mlflow.db"


@pytest.fixture
def store(tmp_path, empty_database):
    return _store(tmp_path / "store", empty_database)


@pytest.fixture
def elsewhere(tmp_path, empty_database):
    """The store of another machine."""
    return _store(tmp_path / "elsewhere", empty_database)


def _store(root, empty_database):
    root.mkdir()
    shutil.copy(empty_database, root / "mlflow.db")
    return Store.open(root)
