import pytest

from tests.sampling.sample_corpus import full_corpus


@pytest.fixture
def trio():
    return full_corpus(100, ("en", "de", "ar"))
