import re
from pathlib import Path

import pytest
from huggingface_hub import constants
from hydra.utils import instantiate
from omegaconf import OmegaConf

from langmix.errors import LangmixError

CONF = Path(__file__).parents[2] / "conf" / "backbone"
HUB = ["labse", "mbert", "me5_small", "xlmr_base", "xlmr_large"]


@pytest.fixture
def configured(tmp_path):
    def load(name):
        root = OmegaConf.create({"store": {"root": str(tmp_path)}, "backbone": OmegaConf.load(CONF / f"{name}.yaml")})
        return root.backbone

    return load


def test_every_file_is_tested():
    assert sorted(file.stem for file in CONF.glob("*.yaml")) == sorted([*HUB, "path", "tiny"])


@pytest.mark.parametrize("name", HUB)
def test_hub_models_are_pinned_and_missing_ones_named(configured, name, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    config = configured(name)
    assert config.name == name
    assert re.fullmatch(r"[0-9a-f]{40}", config.revision)
    # Hydra wraps what a target raises.
    with pytest.raises(Exception, match=f"{config.model_id} at revision {config.revision}") as raised:
        instantiate(config, offline=None)
    assert isinstance(raised.value.__cause__ or raised.value, LangmixError)


def test_tiny(configured, tmp_path):
    backbone = instantiate(configured("tiny"))
    assert (backbone.name, backbone.origin) == ("tiny", "random:seed=0")
    assert backbone.folder.is_relative_to(tmp_path / "backbones")


def test_path(configured, tmp_path):
    tiny = instantiate(configured("tiny"))
    given = {"pooling": "cls", "query_prefix": "", "passage_prefix": "", "max_query_tokens": 9, "max_passage_tokens": 9}
    backbone = instantiate(configured("path"), folder=str(tiny.folder), **given)
    assert (backbone.name, backbone.pooling, backbone.max_query_tokens) == ("path", "cls", 9)
