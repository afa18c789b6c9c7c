import pytest

from langmix.encoder import backbone
from langmix.encoder.encoder import Encoder
from langmix.store import Store

from .tiny_run import BACKBONE


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return Encoder.load(backbone.random(**BACKBONE, store=Store(tmp_path_factory.mktemp("store"))))
