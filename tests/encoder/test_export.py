import json

import pytest
import torch
from safetensors.torch import load_file

from langmix.encoder import backbone as backbones
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.errors import LangmixError
from tests.encoder.test_encoder import TEXTS, embed


@pytest.fixture
def exported(tiny, tmp_path):
    def run(**changes):
        encoder = Encoder.load(tiny(query_prefix="Q: ", passage_prefix="P: ", max_passage_tokens=100, **changes))
        with torch.no_grad():  # as after training: no longer the backbone's weights
            for parameter in encoder.parameters():
                parameter.mul_(1.01)
        export(encoder.model, encoder.tokenizer, encoder.backbone, tmp_path / "exported")
        return encoder, tmp_path / "exported"

    return run


def read(file):
    return json.loads(file.read_text())


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_round_trip(exported, pooling):
    encoder, folder = exported(pooling=pooling)
    backbone = backbones.path(name="path", folder=folder)
    loaded = Encoder.load(backbone)
    for side in ("query", "passage"):
        assert torch.equal(embed(loaded, TEXTS, side), embed(encoder, TEXTS, side))
    kept = {key: value for key, value in encoder.backbone.identity.items() if key not in ("name", "origin")}
    assert {key: backbone.identity[key] for key in kept} == kept
    assert backbone.origin != encoder.backbone.origin


def test_the_identity_is_kept(exported):
    encoder, folder = exported()
    assert read(folder / "langmix.json") == {"backbone": encoder.backbone.identity}


@pytest.mark.parametrize(("pooling", "token"), [("mean", "mean"), ("cls", "cls"), ("pooler", "cls")])
def test_sentence_transformers_pooling(exported, pooling, token):
    _, folder = exported(pooling=pooling)
    config = read(folder / "1_Pooling" / "config.json")
    assert config["word_embedding_dimension"] == 32
    on = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    assert on == [{"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}[token]]


def test_sentence_transformers_modules(exported):
    _, folder = exported()
    assert [(m["idx"], m["path"], m["type"]) for m in read(folder / "modules.json")] == [
        (0, "", "sentence_transformers.models.Transformer"),
        (1, "1_Pooling", "sentence_transformers.models.Pooling"),
        (2, "2_Normalize", "sentence_transformers.models.Normalize"),
    ]
    assert (folder / "2_Normalize").is_dir()
    assert read(folder / "sentence_bert_config.json") == {"max_seq_length": 100, "do_lower_case": False}
    config = read(folder / "config_sentence_transformers.json")
    assert config["prompts"] == {"query": "Q: ", "document": "P: "}
    assert config["similarity_fn_name"] == "cosine"


def test_sentence_transformers_pooler_is_a_dense_layer(exported):
    encoder, folder = exported(pooling="pooler")
    paths = [module["path"] for module in read(folder / "modules.json")]
    assert paths == ["", "1_Pooling", "2_Dense", "3_Normalize"]
    assert all((folder / path).is_dir() for path in paths)
    config = read(folder / "2_Dense" / "config.json")
    assert config["activation_function"] == "torch.nn.modules.activation.Tanh"
    assert (config["in_features"], config["out_features"], config["bias"]) == (32, 32, True)

    dense = load_file(folder / "2_Dense" / "model.safetensors")
    padded = encoder.tokenizer.pad({"input_ids": encoder.tokenize(TEXTS, "query")}, return_tensors="pt")
    with torch.inference_mode():
        first = encoder.model(**padded).last_hidden_state[:, 0]
        theirs = torch.tanh(first @ dense["linear.weight"].T + dense["linear.bias"])
        theirs = torch.nn.functional.normalize(theirs, dim=1)
    torch.testing.assert_close(embed(encoder, TEXTS), theirs, atol=1e-5, rtol=0)


def test_a_model_without_pooler(tiny, tmp_path):
    encoder = Encoder.load(tiny())
    with pytest.raises(LangmixError, match=r"BertModel has no pooler\.dense"):
        export(encoder.model, encoder.tokenizer, tiny(pooling="pooler"), tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


def test_existing_folder(exported, tmp_path):
    (tmp_path / "exported").mkdir()
    with pytest.raises(LangmixError, match="exists already"):
        exported()
