"""The same models by CTranslate2 (extra ``langmix[ctranslate2]``), converted once."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langmix.errors import LangmixError
from langmix.finished import build_once
from langmix.store import Store
from langmix.translation.seq2seq import Seq2Seq, _most, _token

_QUANTIZATIONS = ("float32", "int8", "bfloat16", "float16", "int8_float32", "int8_bfloat16", "int8_float16")


class CTranslate2(Seq2Seq):
    """As `Seq2Seq`, several times as fast.

    Args:
        store: Where converted models are kept.
        quantization: Arithmetic of the weights.
        **model: As for `Seq2Seq`.
    """

    _engine = "ctranslate2"

    def __init__(self, store: Store, quantization: str = "float32", **model: Any) -> None:
        super().__init__(**model)
        if quantization not in _QUANTIZATIONS:
            raise LangmixError(f"translator.quantization={quantization}: must be one of {', '.join(_QUANTIZATIONS)}")
        self._store, self._quantization = store, quantization

    def identity(self, source: str, target: str) -> str:
        """As `Seq2Seq.identity`, and the arithmetic."""
        return f"{super().identity(source, target)} {self._quantization}"

    def _loaded(self, device: str) -> Any:
        try:
            import ctranslate2
            from ctranslate2.converters import TransformersConverter
        except ImportError as error:
            raise LangmixError(
                "translator=ctranslate2: it is not installed; run pip install 'langmix[ctranslate2]'"
            ) from error

        class Converter(TransformersConverter):  # type: ignore[misc]
            """Tells the languages' tokens, which transformers 5 no longer lists where CTranslate2 looks for them."""

            def load_tokenizer(self, *arguments: Any, **options: Any) -> Any:
                tokenizer = super().load_tokenizer(*arguments, **options)
                tokens = getattr(tokenizer, "lang_code_to_token", None)
                if tokens:
                    told = {**tokenizer.special_tokens_map, "additional_special_tokens": list(tokens.values())}
                    tokenizer.__class__ = type("WithLanguages", (type(tokenizer),), {"special_tokens_map": told})
                return tokenizer

        def convert(target: Path) -> None:
            inside = target / "model"
            Converter(str(self._folder)).convert(str(inside), quantization=self._quantization)
            for path in inside.iterdir():
                shutil.move(path, target / path.name)
            inside.rmdir()

        digest = hashlib.sha256(f"{ctranslate2.__version__} {self.identity('', '')}".encode()).hexdigest()[:32]
        folder = build_once(self._store.backbones / f"ctranslate2-{digest}", convert, {"model": str(self._folder)})
        name, _, index = device.partition(":")
        return ctranslate2.Translator(str(folder), device=name, device_index=int(index or 0))

    def _generated(self, model: Any, ids: Sequence[Sequence[int]], code: str) -> Sequence[Sequence[int]]:
        tokens = [self._tokenizer.convert_ids_to_tokens(row) for row in ids]
        prefix = _token(self._tokenizer, code)
        made = model.translate_batch(
            tokens,
            target_prefix=[[prefix]] * len(tokens),
            beam_size=self._beams,
            max_decoding_length=_most(max(map(len, ids))),
        )
        return [self._tokenizer.convert_tokens_to_ids(each.hypotheses[0][1:]) for each in made]
