"""Multilingual translation models by `transformers`: M2M100 (arXiv 2010.11125), NLLB (arXiv 2207.04672)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

import langcodes

from langmix.corpus import ParallelCorpus
from langmix.encoder import snapshot
from langmix.errors import LangmixError
from langmix.translation.translator import Translated, Unit

_WEIGHTS = "pytorch_model.bin"  # of the pinned revisions; loaded as tensors alone
_INDIVIDUAL = {"ps": "pbt_Arab", "qu": "quy_Latn", "ko": "kor_Hang"}  # what NLLB has that no matching finds
_NEAR = 1  # distance of tags that mean the same, such as those of a macrolanguage and its main language


class Seq2Seq:
    """Translates sentence by sentence with a model that is told both languages.

    A sentence that is longer than ``longest`` tokens is not translated.

    Args:
        model_id: Hub id.
        revision: Full commit hash.
        folder: Folder with the model; None: it is taken from the hub or its cache.
        beams: Of the beam search; 1 is greedy.
        batch_tokens: Tokens per forward pass, padding included.
        longest: Tokens of a sentence, at most.
        devices: Where copies of the model are, each translating on its own; None: on every GPU, or on the processor.
    """

    unit: Unit = "sentence"
    characters = 20_000

    def __init__(
        self,
        model_id: str,
        revision: str,
        folder: str | Path | None = None,
        beams: int = 4,
        batch_tokens: int = 2048,
        longest: int = 256,
        devices: Sequence[str] | None = None,
    ) -> None:
        for key, value in (("beams", beams), ("batch_tokens", batch_tokens), ("longest", longest)):
            if value < 1:
                raise LangmixError(f"translator.{key}={value}: must be a whole number from 1")
        self._folder = Path(folder).expanduser() if folder else _fetched(model_id, revision)
        self._beams, self._batch_tokens, self._longest = beams, batch_tokens, longest
        self._devices = list(devices) if devices else _devices()
        self.workers = len(self._devices)
        self._lock = Lock()
        if not self._folder.is_dir():
            raise LangmixError(f"translator.folder={folder}: no such folder")

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise LangmixError(f"{self._folder}: transformers cannot load its tokenizer: {reason}") from error

    @cached_property
    def _idle(self) -> "SimpleQueue[Any]":
        """The copies of the model that nobody uses."""
        idle: SimpleQueue[Any] = SimpleQueue()
        for device in self._devices:
            idle.put(self._loaded(device))
        return idle

    def _loaded(self, device: str) -> Any:
        from transformers import AutoModelForSeq2SeqLM

        try:
            model = AutoModelForSeq2SeqLM.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
            return model.float().eval().to(device)
        except (OSError, ValueError, KeyError, RuntimeError, AssertionError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise LangmixError(f"{self._folder}: transformers cannot load it on {device}: {reason}") from error

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        """What the model calls languages, by tag."""
        return _codes(self._tokenizer)

    @cached_property
    def _language_tokens(self) -> set[int]:
        """Numbers of the tokens that say a language, which M2M100's tokenizer would write out."""
        return set(
            self._tokenizer.convert_tokens_to_ids([_token(self._tokenizer, code) for code in self._codes.values()])
        )

    def _code(self, language: str) -> str | None:
        if language in self._codes:
            return self._codes[language]
        if _INDIVIDUAL.get(language) in self._codes.values():
            return _INDIVIDUAL[language]
        near, distance = langcodes.closest_match(language, list(self._codes))
        return self._codes[near] if near in self._codes and distance <= _NEAR else None

    def check(self, source: str, target: str, corpora: Sequence[ParallelCorpus]) -> None:
        """See `Translator`."""
        for language in (source, target):
            if self._code(language) is None:
                raise LangmixError(
                    f"{self._folder}: does not know '{language}' (knows: {' '.join(sorted(self._codes))})"
                )

    def identity(self, source: str, target: str) -> str:
        """Hash of the model's files and of how it is searched."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.iterdir()):
            if path.is_file():
                with path.open("rb") as file:
                    digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        return f"{self._engine} {digest.hexdigest()} beams {self._beams} longest {self._longest}"

    _engine = "transformers"

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translated]:
        """See `Translator`."""
        source_code, target_code = str(self._code(source)), str(self._code(target))
        with self._lock:  # a tokenizer has one source at a time, and other threads have theirs
            self._tokenizer.src_lang = source_code
            ids: list[list[int]] = self._tokenizer(list(texts)).input_ids if texts else []
            idle = self._idle
        found = [Translated(None)] * len(texts)
        for places in self._batches(ids):
            model = idle.get()
            try:
                made = self._generated(model, [ids[place] for place in places], target_code)
            finally:
                idle.put(model)
            made = [[token for token in row if token not in self._language_tokens] for row in made]
            decoded = self._tokenizer.batch_decode(made, skip_special_tokens=True)
            for place, text in zip(places, decoded, strict=True):
                found[place] = Translated(text.strip() or None)
        return found

    def _batches(self, ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Which sentences are translated together: of similar length, and not too many tokens."""
        batch: list[int] = []
        for place in sorted(range(len(ids)), key=lambda place: len(ids[place])):
            length = len(ids[place])
            if length > self._longest:
                break
            if batch and (len(batch) + 1) * length > self._batch_tokens:
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _generated(self, model: Any, ids: Sequence[Sequence[int]], code: str) -> Sequence[Sequence[int]]:
        import torch

        longest = max(map(len, ids))
        rows = torch.tensor([[*row, *[self._tokenizer.pad_token_id] * (longest - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        device = next(model.parameters()).device
        with torch.inference_mode():
            made: list[list[int]] = model.generate(
                input_ids=rows.to(device),
                attention_mask=mask.to(device),
                forced_bos_token_id=self._tokenizer.convert_tokens_to_ids(_token(self._tokenizer, code)),
                num_beams=self._beams,
                do_sample=False,
                max_new_tokens=_most(longest),
            ).tolist()
        return made


def _devices() -> list[str]:
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]


def _most(tokens: int) -> int:
    """Tokens of a translation, at most: far more than any has that is no loop."""
    return 2 * tokens + 20


def _codes(tokenizer: Any) -> dict[str, str]:
    """What a tokenizer calls languages, by tag."""
    if hasattr(tokenizer, "lang_code_to_token"):  # M2M100's own codes, nearly all of ISO 639-1
        return {code: code for code in tokenizer.lang_code_to_token}
    special = [token for token in tokenizer.all_special_tokens if token[3:4] == "_" and len(token) == len("eng_Latn")]
    return {token.replace("_", "-"): token for token in special}


def _token(tokenizer: Any, code: str) -> str:
    tokens: Mapping[str, str] = getattr(tokenizer, "lang_code_to_token", {})
    return tokens.get(code, code)


def _fetched(model_id: str, revision: str) -> Path:
    found = snapshot.find(model_id, revision, _WEIGHTS)
    if isinstance(found, Path):
        return found
    raise LangmixError(
        f"translator {model_id}: revision {revision} is not in the Hugging Face cache and {found}; run "
        f"`hf download {model_id} --revision {revision}` where the hub can be reached, or give translator.folder=DIR"
    )
