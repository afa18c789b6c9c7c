import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from langmix.encoder import backbone as backbones
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from tests.encoder.conftest import USAGE

TEXTS = ["Where is it?", "ก", "这是一个比较长的句子，用来检查填充。", "Nerede?", "ماذا عن هذا النص الطويل قليلا؟"]


def embed(encoder, texts, side="query"):
    with torch.inference_mode():
        return encoder.embed(Chunks.of(encoder.tokenize(texts, side), 10_000))


def by_hand(encoder, text, pooling):
    """One text, unpadded, token by token."""
    ids = encoder.tokenize([text], "query")[0]
    with torch.inference_mode():
        hidden = encoder.model(input_ids=torch.tensor([ids])).last_hidden_state[0]
    if pooling == "mean":
        vector = [sum(hidden[t, d].item() for t in range(len(ids))) / len(ids) for d in range(hidden.shape[1])]
    else:
        vector = hidden[0].tolist()
    if pooling == "pooler":
        weights = load_file(encoder.backbone.folder / "model.safetensors")
        rows, bias = weights["pooler.dense.weight"].double(), weights["pooler.dense.bias"].double()
        vector = torch.tanh(rows @ torch.tensor(vector).double() + bias).tolist()
    length = sum(x * x for x in vector) ** 0.5
    return torch.tensor([x / length for x in vector])


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_pooling_by_hand(tiny, pooling):
    encoder = Encoder.load(tiny(pooling=pooling))
    embeddings = embed(encoder, TEXTS)
    assert embeddings.shape == (len(TEXTS), encoder.dim) == (5, 32)
    for embedding, text in zip(embeddings, TEXTS, strict=True):
        torch.testing.assert_close(embedding, by_hand(encoder, text, pooling), atol=1e-5, rtol=0)


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_pooling_is_exact_under_autocast_and_in_a_bfloat16_model(tiny, pooling, dtype):
    encoder = Encoder.load(tiny(pooling=pooling), dtype)
    chunk = Chunks.of(encoder.tokenize(TEXTS, "query"), 10_000).parts[0]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.float32):
        found = encoder(chunk)
        hidden = encoder._hidden(chunk, encoder.layers()).double().split(chunk.lengths.tolist())
    vectors = torch.stack([rows.mean(0) if pooling == "mean" else rows[0] for rows in hidden])
    if pooling == "pooler":
        dense = encoder.model.pooler.dense
        vectors = torch.tanh(vectors @ dense.weight.double().T + dense.bias.double())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), torch.nn.functional.normalize(vectors, dim=1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_company_makes_no_difference(tiny, pooling):
    encoder = Encoder.load(tiny(pooling=pooling))
    alone = torch.cat([embed(encoder, [text]) for text in TEXTS])
    torch.testing.assert_close(embed(encoder, TEXTS), alone, atol=1e-5, rtol=0)


def test_texts_are_told_apart(tiny):
    embeddings = embed(Encoder.load(tiny()), TEXTS)
    assert (embeddings @ embeddings.T - torch.eye(5)).max() < 0.99


def test_sides_differ_by_their_prefix(tiny):
    encoder = Encoder.load(tiny(passage_prefix=""))
    assert encoder.tokenize(["query: x"], "passage") == encoder.tokenize(["x"], "query")


def test_texts_are_cut_to_their_sides_length(tiny):
    encoder = Encoder.load(tiny(max_query_tokens=20, max_passage_tokens=30))
    for side, longest in (("query", 20), ("passage", 30)):
        short, long = encoder.tokenize(["x", "x" * 1000], side)
        assert len(short) < len(long) == longest
        assert (long[0], long[-1]) == (encoder.tokenizer.cls_token_id, encoder.tokenizer.sep_token_id)
    assert encoder.tokenize([], "query") == []


def test_no_script_is_unknown(tiny):
    encoder = Encoder.load(tiny())
    ids = encoder.tokenize([*TEXTS, "हिन्दी Ελληνικά Русский tiếng Việt 𝔸 😀"], "passage")
    assert encoder.tokenizer.unk_token_id not in {one for row in ids for one in row}


def test_weights_have_the_asked_type_and_embeddings_are_float32(tiny):
    full, half = Encoder.load(tiny()), Encoder.load(tiny(), dtype=torch.bfloat16)
    assert {p.dtype for p in full.parameters()} == {torch.float32}
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}
    embeddings = embed(half, TEXTS)
    assert embeddings.dtype == torch.float32
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(5), atol=1e-5, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        assert embed(full, TEXTS).dtype == torch.float32


def test_loaded_for_evaluation_and_trainable(tiny):
    encoder = Encoder.load(tiny())
    assert not any(module.training for module in encoder.modules())
    encoder.embed(Chunks.of(encoder.tokenize(TEXTS, "query"), 10_000))[:, 0].sum().backward()
    assert [name for name, p in encoder.named_parameters() if p.grad is None] == []


def test_pooler_only_where_it_is_used(tiny):
    assert Encoder.load(tiny()).model.pooler is None
    assert Encoder.load(tiny(pooling="pooler")).model.pooler is not None


def test_weights_that_would_be_drawn_at_random(tiny, tmp_path):
    folder = shutil.copytree(tiny().folder, tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    save_file({n: w for n, w in weights.items() if "pooler" not in n}, folder / "model.safetensors", {"format": "pt"})
    Encoder.load(backbones.path(name="path", folder=folder, **USAGE))
    with pytest.raises(LangmixError, match=r"lack pooler\.dense\.bias, pooler\.dense\.weight"):
        Encoder.load(backbones.path(name="path", folder=folder, **{**USAGE, "pooling": "pooler"}))


def test_unreadable_weights(tiny, tmp_path):
    folder = shutil.copytree(tiny().folder, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(LangmixError, match="transformers cannot load it") as raised:
        Encoder.load(backbones.path(name="path", folder=folder, **USAGE))
    assert "\n" not in str(raised.value)


RUNS = "from pathlib import Path\nPath(__file__).with_name('RAN').touch()\nPath('RAN').touch()\n"


def test_code_in_a_models_folder_is_not_run_nor_asked_about(tiny, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny().folder, tmp_path / "own")
    (folder / "code.py").write_text(RUNS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", lambda _: "y")

    def change(file, **changes):
        content = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(content | changes))

    # What the tokenizer does is in tokenizer.json, whatever code comes with it.
    change("tokenizer_config.json", tokenizer_class="Own", auto_map={"AutoTokenizer": ["code.Own", "code.Own"]})
    encoder = Encoder.load(backbones.path(name="path", folder=folder, **USAGE))
    assert encoder.tokenize(TEXTS, "query") == Encoder.load(tiny()).tokenize(TEXTS, "query")
    change("config.json", model_type="own", auto_map={"AutoConfig": "code.Own", "AutoModel": "code.Own"})
    with pytest.raises(LangmixError, match="langmix runs no code from a model's folder") as raised:
        Encoder.load(backbones.path(name="path", folder=folder, **USAGE))
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.rglob("RAN"))


def test_longer_than_the_models_positions(tiny):
    Encoder.load(tiny(max_passage_tokens=512))
    with pytest.raises(LangmixError, match=r"backbone\.max_passage_tokens=513: the model has 512 positions"):
        Encoder.load(tiny(max_passage_tokens=513))
