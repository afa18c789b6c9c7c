"""``langmix export``: what a cell trained, whole, as others load it."""

from dataclasses import replace

import torch
import yaml
from huggingface_hub import ModelCard

from langmix.encoder import backbone, changes
from langmix.encoder.encoder import Encoder
from langmix.store import Store
from langmix.tracking.read import cells

from .conftest import TINY


def test_a_trained_encoder_is_exported_whole(langmix, tmp_path):
    assert langmix(*TINY).returncode == 0
    (cell,) = cells(Store.open(tmp_path / "store"), "langmix")
    done = langmix("export", cell.run_id, "sentence_transformers", "mine")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'mine'}: {cell.key.name}, trained as run {cell.run_id}\n"

    ours = Encoder.load(backbone.path(name="mine", folder=tmp_path / "mine"))
    (folder,) = (tmp_path / "store" / "backbones").glob("tiny*")
    untrained = Encoder.load(replace(ours.backbone, folder=folder))
    word = "embeddings.word_embeddings.weight"
    assert not torch.equal(ours.model.state_dict()[word], untrained.model.state_dict()[word])
    (kept,) = (tmp_path / "store" / "models").glob("*/changes.safetensors")
    changes.apply(untrained.model, cell.tags["langmix.backbone_origin"], kept)
    expected = untrained.model.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in ours.model.state_dict().items())
    assert (tmp_path / "mine" / "modules.json").exists()  # Sentence-Transformers' own
    front, card = (tmp_path / "mine" / "README.md").read_text().removeprefix("---\n").split("---\n", 1)
    told = yaml.safe_load(front)
    assert ModelCard.load(tmp_path / "mine" / "README.md").data.base_model == "tiny"  # as the hub reads it
    assert (told["language"], told["license"]) == (["en", "de", "ar", "el"], "other")
    figures = {line.split(" | ")[0].removeprefix("| "): line for line in card.splitlines() if "| mAP |" in line}
    for setting, line in figures.items():
        value, interval = line.strip("| ").split(" | ")[2:]
        low, high = map(float, interval.split(" to "))
        assert abs(float(value) - cell.metrics[f"atlas/{setting}/map"]) < 1e-4
        assert low < float(value) < high
    assert set(figures) == {"monolingual", "cross_lingual", "multilingual"}

    again = langmix("export", cell.run_id, "sentence_transformers", "mine")
    assert (again.returncode, again.stderr) == (
        2,
        f"langmix: {tmp_path / 'mine'}: exists already; choose another folder or remove it\n",
    )


def test_what_there_is_not_cannot_be_exported(langmix, tmp_path):
    assert langmix(*TINY, "train=false").returncode == 0
    assert langmix(*TINY).returncode == 0
    untrained, trained = cells(Store.open(tmp_path / "store"), "langmix")
    done = langmix("export", untrained.run_id, "sentence_transformers", "mine")
    assert done.stderr == f"langmix: run {untrained.run_id}: trained nothing, so there is nothing to export\n"
    (model,) = (tmp_path / "store" / "models").glob("*/changes.safetensors")
    whole = model.read_bytes()
    model.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = langmix("export", trained.run_id, "sentence_transformers", "mine")
    assert done.stderr.startswith(f"langmix: {model}: differs from its checksum")
    model.write_bytes(whole)
    assert langmix(*TINY, "reuse=false", "store.models_gib=0").returncode == 0
    assert not model.exists()
    done = langmix("export", trained.run_id, "sentence_transformers", "mine")
    assert f"is not in {tmp_path / 'store'} any more; 'langmix rerun {trained.run_id}' makes it again" in done.stderr
    assert not (tmp_path / "mine").exists()
    assert "invalid choice" in langmix("export", trained.run_id, "onnx", "mine").stderr
