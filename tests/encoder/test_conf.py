import re
from pathlib import Path

import pytest
from huggingface_hub import constants
from omegaconf import OmegaConf

from langmix.configuration.part import Part
from langmix.encoder import use_multi
from langmix.errors import LangmixError
from langmix.store import Store

CONF = Path(__file__).parents[2] / "conf" / "backbone"
HUB = [
    *("arctic_l_v2", "granite_311m_r2", "granite_97m_r2", "labse", "mbert", "me5_base", "me5_large", "me5_small"),
    *("qwen3_06b", "xlmr_base", "xlmr_large"),
]


@pytest.fixture
def built(tmp_path):
    def build(name, **changes):
        return Part.of(OmegaConf.to_container(OmegaConf.load(CONF / f"{name}.yaml")) | changes, Store(tmp_path)).build()

    return build


def test_every_file_is_tested():
    assert sorted(file.stem for file in CONF.glob("*.yaml")) == sorted([*HUB, "path", "tiny", "use_multi"])


@pytest.mark.parametrize("name", HUB)
def test_hub_models_are_pinned_and_missing_ones_named(built, name, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    config = OmegaConf.load(CONF / f"{name}.yaml")
    assert config.name == name
    assert re.fullmatch(r"[0-9a-f]{40}", config.revision)
    with pytest.raises(LangmixError, match=f"{config.model_id} at revision {config.revision}"):
        built(name, offline=None)


def test_tiny(built, tmp_path):
    backbone = built("tiny")
    assert (backbone.name, backbone.origin) == ("tiny", "random:seed=0")
    assert backbone.folder.is_relative_to(tmp_path / "backbones")


def test_use_multi(built, tmp_path, monkeypatch):
    converted = []
    monkeypatch.setattr(use_multi, "convert", converted.append)
    backbone = built("use_multi")
    assert (backbone.name, backbone.origin, backbone.pooling) == ("use_multi-6bit", use_multi.ORIGIN, "pooler")
    assert converted == [backbone.folder]
    assert backbone.folder.is_relative_to(tmp_path / "backbones")


def test_path(built):
    tiny = built("tiny")
    given = {"pooling": "cls", "query_prefix": "", "passage_prefix": "", "max_query_tokens": 9, "max_passage_tokens": 9}
    backbone = built("path", folder=str(tiny.folder), **given)
    assert (backbone.name, backbone.pooling, backbone.max_query_tokens) == ("path", "cls", 9)
