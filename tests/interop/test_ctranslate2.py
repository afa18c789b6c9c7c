"""CTranslate2 translates as transformers does."""

import pytest

from langmix.errors import LangmixError
from langmix.store import Store
from langmix.translation.ctranslate2 import CTranslate2
from langmix.translation.seq2seq import Seq2Seq
from tests.translation.test_seq2seq import TEXTS, m2m100, nllb, spm

__all__ = ["m2m100", "nllb", "spm"]


@pytest.mark.parametrize("kind", ["m2m100", "nllb"])
def test_translations_are_those_of_transformers(kind, request, tmp_path):
    folder = request.getfixturevalue(kind)
    options = {"model_id": "", "revision": "", "folder": folder, "beams": 1, "batch_tokens": 1}
    mine = CTranslate2(Store.at(tmp_path), "float32", **options)
    mine.check("en", "es", [])
    assert mine.translate(TEXTS, "en", "es") == Seq2Seq(**options).translate(TEXTS, "en", "es")
    assert len(list((tmp_path / "backbones").glob("ctranslate2-*/DONE"))) == 1
    assert mine.identity("en", "es") != Seq2Seq(**options).identity("en", "es")


def test_an_arithmetic_that_is_none(tmp_path):
    with pytest.raises(LangmixError, match="quantization=int4: must be one of float32"):
        CTranslate2(Store.at(tmp_path), "int4", model_id="", revision="", folder=tmp_path)
