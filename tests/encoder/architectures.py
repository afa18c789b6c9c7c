"""Folders of the size of a toy, with the classes, tokenizers and special tokens of the field's backbones."""

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import (
    ModernBertConfig,
    ModernBertModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    XLMRobertaConfig,
    XLMRobertaModel,
)

SIZE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2}
TEXTS = ["one and one is two", "hund und katze", "la casa blanca", "где живёт кот", "犬は公園で走る", "a b c d e f g h"]


def xlm_roberta(folder):
    """Multilingual E5, Arctic: pieces of a unigram model, <s> and </s> around a text."""
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "cls_token": "<s>"}
    tokens = list(dict.fromkeys(special.values()))
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=tokens, unk_token="<unk>")  # noqa: S106 -- no password
    tokenizer.train_from_iterator(TEXTS * 9, trainer)
    _surround(tokenizer, "<s> $A </s>", ("<s>", "</s>"))
    size = _save(tokenizer, special, folder)
    config = XLMRobertaConfig(**SIZE, vocab_size=size, max_position_embeddings=514, pad_token_id=1)
    XLMRobertaModel(config).save_pretrained(folder)


def modernbert(folder):
    """Granite R2: byte pairs, rotary positions, attention that is local in two of three layers."""
    special = {"cls_token": "<|startoftext|>", "sep_token": "<|return|>", "pad_token": "<|pad|>"}
    size = _save(_byte_pairs(special, "<|startoftext|> $A <|return|>"), special, folder)
    config = ModernBertConfig(
        **SIZE,
        vocab_size=size,
        pad_token_id=2,
        bos_token_id=0,
        eos_token_id=1,
        cls_token_id=0,
        sep_token_id=1,
        local_attention=8,  # shorter than some of the texts
        max_position_embeddings=8192,
    )
    ModernBertModel(config).save_pretrained(folder)


def qwen3(folder):
    """Qwen3 Embedding: byte pairs, attention to what came before, the last token stands for the text."""
    special = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    size = _save(_byte_pairs(special, "$A <|endoftext|>"), special, folder)
    config = Qwen3Config(**SIZE, num_key_value_heads=1, head_dim=16, vocab_size=size, max_position_embeddings=32768)
    Qwen3Model(config).save_pretrained(folder)


def _byte_pairs(special, template):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(dict.fromkeys(special.values())),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 9, trainer)
    _surround(tokenizer, template, [token for token in dict.fromkeys(special.values()) if token in template])
    return tokenizer


def _surround(tokenizer, template, tokens):
    tokenizer.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=[(token, tokenizer.token_to_id(token)) for token in tokens]
    )


def _save(tokenizer, special, folder):
    torch.manual_seed(0)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return tokenizer.get_vocab_size()
