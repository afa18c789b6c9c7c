import os
import shutil

import pytest

from langmix.encoder.speed import Speed
from langmix.store import Store

from .forking import Forking

# The smallest cell that goes through every stage: random weights, few languages, few steps.
TINY = [
    "backbone=tiny",
    "corpus.languages=[en,de,ar]",
    "dataset.languages=[en,el]",
    "training.max_steps=4",
    "training.validate_every=2",
    "training.validation_batches=1",
    "training.batch_size=8",
]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory, database):
    """A store that nothing was done in: to make one takes seconds, to copy it none."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    store = Store.open(folder)
    shutil.copy(database, store.root)
    Speed.here(store)
    return folder


@pytest.fixture(scope="session")
def forking(tmp_path_factory):
    """The process that runs commands."""
    process = Forking(tmp_path_factory.mktemp("output"))
    yield process
    process.end()


@pytest.fixture(scope="session")
def langmix_in(empty_store, forking):
    """The command, to be run in a folder with nothing but a store of its own."""

    def make(folder):
        shutil.copytree(empty_store, folder / "store")
        home = {"LANGMIX_HOME": str(folder / "store"), "COLUMNS": "120"}

        def run(*arguments, **environment):
            return forking.run(arguments, folder, os.environ | home | environment, timeout=300)

        return run

    return make


@pytest.fixture
def langmix(tmp_path, langmix_in):
    """Run the command in a folder with nothing but a store of its own."""
    return langmix_in(tmp_path)


@pytest.fixture
def refused(langmix):
    """Run the command, expect one line on standard error and no success; return the line."""

    def run(*arguments, **environment):
        done = langmix(*arguments, **environment)
        lines = done.stderr.splitlines()
        assert done.returncode == 2, done.stderr
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("langmix: ")
        assert not done.stdout
        return lines[0].removeprefix("langmix: ")

    return run
