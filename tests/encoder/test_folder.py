import json

import pytest

from langmix.encoder.folder import content_hash, missing_part


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text(name)
    return folder


def test_a_whole_folder_lacks_nothing(model):
    assert missing_part(model) is None


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_the_missing_file_is_named(model, name):
    (model / name).unlink()
    assert missing_part(model) == name


def test_a_missing_shard_is_named(model):
    (model / "model.safetensors").rename(model / "model-1.safetensors")
    shards = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(shards))
    assert missing_part(model) == "model-2.safetensors"
    before = content_hash(model)
    (model / "model-2.safetensors").write_text("weights")
    assert missing_part(model) is None
    assert content_hash(model) != before


def test_the_hash_is_of_content_alone(model, tmp_path):
    before = content_hash(model)
    model.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "README.md").write_text("no part of the model")
    assert content_hash(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_the_hash_sees_every_file_that_decides_embeddings(model, name):
    before = content_hash(model)
    (model / name).write_text("changed")
    assert content_hash(model) != before
