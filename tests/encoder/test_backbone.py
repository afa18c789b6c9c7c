import json
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from langmix.encoder import backbone as backbones
from langmix.errors import LangmixError
from langmix.store import Store
from tests.encoder.conftest import USAGE


@pytest.fixture
def folder(tiny, tmp_path):
    return shutil.copytree(tiny().folder, tmp_path / "model")


def test_importing_it_is_light():
    code = (
        "import sys, langmix.encoder.backbone; print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_identity_is_json_and_all_but_the_folder(tiny, tmp_path):
    here, there = tiny(), tiny(store=Store(tmp_path))
    assert here.folder != there.folder
    assert here.identity == there.identity == {"name": "tiny", "origin": "random:seed=0", **USAGE}
    assert json.loads(json.dumps(here.identity)) == here.identity


@pytest.mark.parametrize(
    ("key", "value"), [("pooling", "cls"), ("query_prefix", ""), ("max_passage_tokens", 128), ("seed", 1)]
)
def test_identity_sees_every_change(tiny, key, value):
    assert tiny(**{key: value}).identity != tiny().identity


def test_unknown_pooling(tiny):
    with pytest.raises(LangmixError, match=r"backbone\.pooling=max: must be one of mean, cls, last, pooler"):
        tiny(pooling="max")


def test_no_room_for_text(tiny):
    with pytest.raises(LangmixError, match=r"backbone\.max_query_tokens=2"):
        tiny(max_query_tokens=2)


def test_seed_decides_the_weights(tiny, tmp_path):
    same, other = tiny(store=Store(tmp_path)), tiny(seed=1)
    weights = [load_file(b.folder / "model.safetensors") for b in (tiny(), same, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not torch.equal(*(w["encoder.layer.0.attention.self.query.weight"] for w in (weights[0], weights[2])))


def test_making_it_leaves_the_random_state_alone(tiny, tmp_path):
    state = torch.random.get_rng_state()
    tiny(store=Store(tmp_path))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_path_is_identified_by_content(folder, tmp_path):
    before = backbones.path(name="path", folder=folder, **USAGE)
    assert before.origin.startswith("path:")
    moved = folder.rename(tmp_path / "moved")
    assert backbones.path(name="path", folder=moved, **USAGE).identity == before.identity

    weights = load_file(moved / "model.safetensors")
    weights["pooler.dense.bias"] += 1
    save_file(weights, moved / "model.safetensors")
    assert backbones.path(name="path", folder=moved, **USAGE).origin != before.origin


def test_path_without_folder():
    with pytest.raises(LangmixError, match=r"backbone\.folder=DIR"):
        backbones.path(name="path", folder=None)


def test_path_names_what_nobody_gave(folder):
    with pytest.raises(LangmixError) as raised:
        backbones.path(name="path", folder=folder, query_prefix="", passage_prefix="", max_query_tokens=64)
    assert str(raised.value) == (
        f"{folder}: no langmix.json there that gives pooling, max_passage_tokens; "
        "pass backbone.pooling=... backbone.max_passage_tokens=..."
    )


def test_path_names_a_missing_file(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(LangmixError, match=f"{folder}: no model.safetensors there"):
        backbones.path(name="path", folder=folder, **USAGE)


def test_path_with_a_broken_manifest(folder):
    (folder / "langmix.json").write_text("{")
    with pytest.raises(LangmixError, match=r"langmix\.json: not valid JSON"):
        backbones.path(name="path", folder=folder)


def test_path_prefers_the_configuration(folder):
    (folder / "langmix.json").write_text(json.dumps({"backbone": {"name": "x", "origin": "y", **USAGE}}))
    assert backbones.path(name="path", folder=folder).query_prefix == "query: "
    backbone = backbones.path(name="path", folder=folder, query_prefix="", max_query_tokens=32)
    assert (backbone.query_prefix, backbone.passage_prefix, backbone.max_query_tokens) == ("", "passage: ", 32)


@pytest.mark.parametrize("seed", ["../x", -1, True])
def test_a_seed_is_a_number(tiny_store, seed):
    with pytest.raises(LangmixError, match=r"backbone\.seed=.*: must be a whole number from 0"):
        backbones.random(name="tiny", seed=seed, store=tiny_store, **USAGE)
