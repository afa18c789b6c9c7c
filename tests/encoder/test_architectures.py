"""Backbones of other architectures than BERT's kin: encoded, trained and exported as by their own code."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from langmix.encoder import backbone
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.errors import LangmixError
from tests.training.tiny_run import SETTINGS, run

from .architectures import TEXTS, modernbert, qwen3, xlm_roberta

ARCHITECTURES = {"xlm-roberta": (xlm_roberta, "mean"), "modernbert": (modernbert, "cls"), "qwen3": (qwen3, "last")}
USAGE = {"query_prefix": "query: ", "passage_prefix": "", "max_query_tokens": 40, "max_passage_tokens": 60}


@pytest.fixture(scope="module", params=ARCHITECTURES)
def made(request, tmp_path_factory):
    write, pooling = ARCHITECTURES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    write(folder)
    return backbone.path(name=request.param, folder=folder, pooling=pooling, **USAGE)


def by_its_own_code(made, texts):
    """One text at a time, pooled as the model's card says."""
    model = AutoModel.from_pretrained(made.folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(made.folder)
    rows = []
    for text in texts:
        given = tokenizer(made.query_prefix + text, return_tensors="pt", truncation=True, max_length=40)
        with torch.inference_mode():
            hidden = model(input_ids=given["input_ids"]).last_hidden_state[0]
        rows.append({"mean": hidden.mean(dim=0), "cls": hidden[0], "last": hidden[-1]}[made.pooling])
    return normalize(torch.stack(rows), dim=1)


def test_embeddings_are_those_of_its_own_code(made):
    texts = [*TEXTS, " ".join(TEXTS), "x", ""]
    encoder = Encoder.load(made)
    with torch.inference_mode():
        found = encoder.embed(Chunks.of(encoder.tokenize(texts, "query"), 50))
    torch.testing.assert_close(found, by_its_own_code(made, texts), rtol=0, atol=1e-5)


def test_is_trained_exported_and_read_again(made, tmp_path):
    encoder = Encoder.load(made)
    settings = replace(SETTINGS, max_steps=3, trim_vocabulary=True, cache_gradients=True, chunk_tokens=200)
    trained, fitted, _ = run(copy.deepcopy(encoder), replace(settings, learning_rate=1e-3))
    assert fitted.steps == 3
    export(trained.model, trained.tokenizer, trained.backbone, tmp_path / "exported")
    again = Encoder.load(backbone.path(name="again", folder=tmp_path / "exported"))
    with torch.inference_mode():
        ids = encoder.tokenize(TEXTS, "query")
        before, after, read = (each.embed(Chunks.of(ids, 500)) for each in (encoder, trained, again))
    assert not torch.allclose(before, after, atol=1e-3)
    torch.testing.assert_close(after, read, rtol=0, atol=1e-6)


def test_a_pooler_that_is_not_there_is_refused(made):
    if made.name == "xlm-roberta":
        Encoder.load(replace(made, pooling="pooler"))
        return
    with pytest.raises(LangmixError, match=rf"backbone\.pooling=pooler: a {made.name} has none"):
        Encoder.load(replace(made, pooling="pooler"))
