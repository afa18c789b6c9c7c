"""A randomly initialised BERT of toy size, for tests and smoke runs: it loads in milliseconds and knows nothing."""

import json
from pathlib import Path

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_MAX_TOKENS = 512


def write(folder: Path, seed: int) -> None:
    """Write a `BertModel` (hidden 32, 2 layers, 2 heads, with pooler) and a byte-level tokenizer to ``folder``.

    Args:
        folder: An existing, empty folder.
        seed: Seed of the weights; equal seeds give equal files.
    """
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # of writing a few kilobytes
    vocabulary = _write_tokenizer(folder)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=_MAX_TOKENS,
        pad_token_id=_SPECIAL.index("<pad>"),
        # The usual .02 gives all texts nearly the same embedding at this size.
        initializer_range=0.5,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)


def _write_tokenizer(folder: Path) -> int:
    """Write a tokenizer whose pieces are the 256 bytes, so that no script is unknown; return its size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    pieces = [*_SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))  # noqa: S106 -- no password
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(piece, vocabulary[piece]) for piece in ("<s>", "</s>")]
    )
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": _MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>",
        "cls_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "unk_token": "<unk>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return len(vocabulary)
