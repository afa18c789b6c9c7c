"""Texts that stand one after another in a chunk are encoded as if each were alone."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel, BertConfig, RobertaConfig, XLMRobertaConfig

from langmix.encoder.chunks import Chunk, Chunks, attention, by_length, in_chunks
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def texts(lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(5, 90, n).tolist() for n in lengths]


@given(LENGTHS, st.integers(1, 200))
def test_every_text_is_in_one_chunk_of_the_size(lengths, tokens):
    for group in (in_chunks, by_length):
        groups = list(group(lengths, tokens))
        assert sorted(index for each in groups for index in each) == list(range(len(lengths)))
        flat = [lengths[index] for each in groups for index in each]
        assert flat == sorted(lengths, reverse=True)
    assert all(sum(lengths[i] for i in each) <= tokens or len(each) == 1 for each in in_chunks(lengths, tokens))
    assert all(lengths[each[0]] * len(each) <= tokens or len(each) == 1 for each in by_length(lengths, tokens))


@given(LENGTHS, st.integers(1, 200))
def test_chunks_hold_the_texts_in_an_order_that_places_undo(lengths, tokens):
    ids = texts(lengths)
    parts, places = Chunks.of(ids, tokens)
    rows = [row.tolist() for part in parts for row in part.input_ids.split(part.lengths.tolist())]
    assert [rows[place] for place in places.tolist()] == ids


@given(LENGTHS)
def test_tokens_go_into_blocks_and_come_out_again(lengths):
    chunk = Chunk.of(sorted(texts(lengths), key=len, reverse=True))
    tokens = torch.arange(len(chunk.input_ids))
    assert torch.equal(chunk.into_blocks[chunk.out_of_blocks], tokens)
    assert torch.equal(chunk.positions == 0, torch.diff(chunk.owners, prepend=torch.tensor([-1])) == 1)
    start = text = 0
    for block in chunk.blocks:
        places = chunk.into_blocks[start : start + block.texts * block.tokens].view(block.texts, block.tokens)
        own = torch.arange(text, text + block.texts)
        assert torch.equal(chunk.owners[places], own[:, None].expand_as(places))
        there = torch.arange(block.tokens) < chunk.lengths[own, None]
        assert torch.equal(there, torch.ones_like(there) if block.mask is None else block.mask[:, 0, 0])
        start, text = start + places.numel(), text + block.texts
    assert start == len(chunk.into_blocks)


@given(LENGTHS, st.integers(0, 5))
def test_attention_is_each_texts_own(lengths, seed):
    chunk = Chunk.of(sorted(texts(lengths), key=len, reverse=True))
    generator = torch.Generator().manual_seed(seed)
    qkv = torch.randn(len(chunk.input_ids), 3 * 2 * 4, generator=generator)
    found = attention(qkv, chunk, heads=2, dropout=0.0, scaling=0.5)
    alone = []
    for rows in qkv.split(chunk.lengths.tolist()):
        query, key, value = rows.view(-1, 3, 2, 4).permute(1, 2, 0, 3)
        mixed = ((query @ key.mT) * 0.5).softmax(dim=-1) @ value
        alone.append(mixed.transpose(0, 1).reshape(-1, 8))
    torch.testing.assert_close(found, torch.cat(alone), atol=1e-5, rtol=0)


@given(LENGTHS)
def test_padded_blocks_hold_the_texts_and_a_mask_over_them(lengths):
    ids = sorted(texts(lengths), key=len, reverse=True)
    chunk = Chunk.of(ids)
    found = [
        row[mask.bool()].tolist()
        for rows, masks in chunk.padded(chunk.input_ids)
        for row, mask in zip(rows, masks, strict=True)
    ]
    assert found == ids


@pytest.mark.parametrize("kind", [BertConfig, RobertaConfig, XLMRobertaConfig])
def test_positions_are_those_of_the_architecture(tiny, kind):
    config = kind(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, pad_token_id=1)
    encoder = Encoder.load(tiny())
    encoder.model = AutoModel.from_config(config, attn_implementation="sdpa").eval()
    encoder._check_chunks()


def test_a_model_that_is_not_computed_as_its_own_code_does_is_refused(tiny, monkeypatch):
    encoder = Encoder.load(tiny())
    other = Encoder.load(tiny(seed=1))
    monkeypatch.setattr(encoder, "layers", other.layers)
    with pytest.raises(LangmixError, match=r"a bert does not let langmix keep texts apart that it encodes together"):
        encoder._check_chunks()
