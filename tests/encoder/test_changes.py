"""What is kept of a trained encoder is little, and gives the whole encoder back to the last bit."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from langmix.encoder import changes
from langmix.encoder.backbone import Changes
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError

DECAY = 0.9987
SEEN = torch.tensor([0, 5, 17, 258])


@pytest.fixture
def trained(tiny, tmp_path):
    """A backbone, what was trained from it, and where that is kept."""
    backbone = tiny()
    encoder = Encoder.load(backbone)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in encoder.model.named_parameters():
            if "word_embeddings" in name:
                weight.mul_(DECAY)
                weight[SEEN] += torch.randn(len(SEEN), weight.shape[1], generator=generator)
            elif "layer.1" in name:
                weight.add_(torch.randn(weight.shape, generator=generator))
    file = tmp_path / changes.FILE
    changes.write(encoder.model, Encoder.load(backbone).model, DECAY, backbone.origin, file)
    return replace(backbone, changes=Changes(file, backbone.origin)), encoder, file


def test_the_whole_encoder_comes_back(trained):
    backbone, encoder, _ = trained
    found = Encoder.load(backbone).model.state_dict()
    assert found.keys() == encoder.model.state_dict().keys()
    assert all(torch.equal(found[name], value) for name, value in encoder.model.state_dict().items())


def test_only_what_changed_is_kept(trained):
    _, encoder, file = trained
    kept = load_file(file)
    assert kept["rows"].tolist() == SEEN.tolist()
    assert kept.keys() - {"rows", "values"} == {name for name in encoder.model.state_dict() if "layer.1" in name}


def test_rows_that_decayed_otherwise_are_kept_whole(trained, tiny):
    backbone, encoder, file = trained
    changes.write(encoder.model, Encoder.load(tiny()).model, 1.0, backbone.origin, file)
    assert len(load_file(file)["rows"]) > 200
    found = Encoder.load(backbone).model.get_input_embeddings().weight
    assert torch.equal(found, encoder.model.get_input_embeddings().weight)


def test_changes_of_another_base_are_refused(trained):
    backbone, _, file = trained
    other = replace(backbone, changes=Changes(file, "random:seed=7"))
    with pytest.raises(LangmixError, match=rf"{file}: changes random:seed=0, not random:seed=7$"):
        Encoder.load(other)


def test_a_file_of_something_else_is_refused(trained):
    backbone, _, file = trained
    for damage in (
        lambda: save_file({"a": torch.ones(1)}, file),
        lambda: file.write_bytes(b"nothing"),
        lambda: save_file(load_file(file) | {"rows": torch.tensor([10**6])}, file, {"langmix": '{"base": 1}'}),
        file.unlink,
    ):
        changes.write(Encoder.load(replace(backbone, changes=None)).model, backbone_model(backbone), 1.0, "o", file)
        damage()
        with pytest.raises(LangmixError, match=rf"^{file}: "):
            Encoder.load(backbone)


def backbone_model(backbone):
    return Encoder.load(replace(backbone, changes=None)).model
