import shutil

import pytest

from langmix.tracking.store import Store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """An MLflow schema made once: the migrations take seconds."""
    return Store.open(tmp_path_factory.mktemp("template")).root / "mlflow.db"


@pytest.fixture
def store(tmp_path, empty_database):
    root = tmp_path / "store"
    root.mkdir()
    shutil.copy(empty_database, root / "mlflow.db")
    return Store.open(root)
