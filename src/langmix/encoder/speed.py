"""What is fastest on this processor: measured once per store, processor, threads and torch, and kept on disk.

A layer of the size of a small encoder, as `Encoder` runs it, is timed with every product and in every precision, with
and without a gradient. Whatever leads the usual choice by less than a tenth is not chosen: that may be another process.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from langmix.errors import LangmixError
from langmix.fingerprint import fingerprint
from langmix.finished import build_once, verify
from langmix.hardware import has_gpu, processor, threads
from langmix.software import versions
from langmix.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from langmix.encoder.product import ProductName

Precision = Literal["fp32", "bf16"]
Task = Literal["encoding", "training"]

LEAD = 1.1
"""How many times as fast another choice than the usual one has to be."""

_FILE = "milliseconds.json"
_FORMAT = 1  # raised when what is measured is measured otherwise
_TEXTS = {"encoding": 64, "training": 16}
_TOKENS = 32
_ROUNDS = 3

log = logging.getLogger(__name__)


def fastest_product(store: Store, task: Task, precision: Precision) -> "ProductName":
    """The product that is to be used; on a GPU torch's own.

    Raises:
        LangmixError: What is kept of the processor is damaged.
    """
    return "torch" if has_gpu() else Speed.here(store).product(task, precision)


def fastest_precision(store: Store, task: Task) -> Precision:
    """What ``precision=auto`` means here; on a GPU bf16 where it has that.

    Raises:
        LangmixError: What is kept of the processor is damaged.
    """
    if not has_gpu():
        return Speed.here(store).precision(task)
    import torch

    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"


def warn_of_slow_bf16(store: Store, task: Task, key: str) -> None:
    """Say so where bf16 was asked for and is slower than fp32.

    Args:
        store: Where it is known.
        task: What it was asked for.
        key: The configuration's key that asked for it.

    Raises:
        LangmixError: What is kept of the processor is damaged.
    """
    if has_gpu():
        return
    here = Speed.here(store)
    if here.gain(task) * LEAD < 1:
        log.warning(
            "%s=bf16: takes %.1f times as long as fp32 here, as measured on this processor, %s with %d threads; "
            "%s=auto takes what is faster",
            key,
            1 / here.gain(task),
            here.processor,
            here.threads,
            key,
        )


@dataclass(frozen=True)
class Speed:
    """Milliseconds of a layer by task, precision and product.

    Attributes:
        processor: What it was measured on.
        threads: With how many threads.
        milliseconds: ``task -> precision -> product -> milliseconds``.
    """

    processor: str
    threads: int
    milliseconds: Mapping[str, Mapping[str, Mapping[str, float]]]

    @classmethod
    @cache
    def here(cls, store: Store) -> "Speed":
        """What was measured for this processor, or is measured now.

        Raises:
            LangmixError: What is kept is damaged.
        """
        what = {
            "format": _FORMAT,
            "processor": processor(),
            "threads": threads(),
            "torch": versions()["torch"],
        }
        folder = Store.open(store.root).speed / fingerprint(what)

        def write(target: "Path") -> None:
            log.info("measuring for a second what is fastest on %s with %d threads", processor(), threads())
            (target / _FILE).write_text(json.dumps(_measured(), indent=1) + "\n", encoding="utf-8")

        build_once(folder, write, what)
        try:
            verify(folder)
            return cls(processor(), threads(), json.loads((folder / _FILE).read_text(encoding="utf-8")))
        except ValueError as error:
            raise LangmixError(f"{folder / _FILE}: {error}; remove the folder to measure anew") from error

    def product(self, task: Task, precision: Precision) -> "ProductName":
        """The fastest product."""
        times = self.milliseconds[task][precision]
        return "onednn" if times.get("onednn", float("inf")) * LEAD <= times["torch"] else "torch"

    def precision(self, task: Task) -> Precision:
        """The fastest precision; a tie is fp32's."""
        return "bf16" if self.gain(task) >= LEAD else "fp32"

    def gain(self, task: Task) -> float:
        """How many times as fast as fp32 bf16 is, each with its fastest product."""
        fp32, bf16 = (min(self.milliseconds[task][precision].values()) for precision in ("fp32", "bf16"))
        return fp32 / bf16


def _measured() -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds by task, precision and product; the least of some rounds, in which all take turns."""
    import torch
    from transformers import BertConfig, BertModel

    from langmix.encoder.chunks import Chunk
    from langmix.encoder.layers import Layers
    from langmix.encoder.product import has_onednn, products

    names: list[ProductName] = ["torch", "onednn"]
    if not has_onednn():
        names = ["torch"]
        log.warning(
            "torch %s has no oneDNN products as langmix uses them; texts are encoded with its others",
            versions()["torch"],
        )
    types = {"fp32": torch.float32, "bf16": torch.bfloat16}
    config = BertConfig(hidden_size=384, num_hidden_layers=1, num_attention_heads=12, intermediate_size=1536)
    with torch.random.fork_rng(devices=[]):
        model = BertModel(config, add_pooling_layer=False).eval()  # type: ignore[no-untyped-call]
    chunks = {task: Chunk.of([list(range(_TOKENS))] * texts) for task, texts in _TEXTS.items()}

    def once(task: str, precision: str, product: "ProductName") -> float:
        chunk, start = chunks[task], time.perf_counter()
        with torch.set_grad_enabled(task == "training"):
            layers = Layers.of(model, types[precision], products(product, torch.device("cpu")))
            if task == "encoding":  # weights are made ready once for many chunks
                start = time.perf_counter()
            found = layers(chunk.input_ids, chunk.positions, chunk)
            if task == "training":
                found.sum().backward()  # type: ignore[no-untyped-call]
        return 1000 * (time.perf_counter() - start)

    cases = [(task, precision, name) for task in _TEXTS for precision in types for name in names]
    rounds = [[once(*case) for case in cases] for _ in range(_ROUNDS)]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (task, precision, name), times in zip(cases, zip(*rounds, strict=True), strict=True):
        found.setdefault(task, {}).setdefault(precision, {})[name] = round(min(times), 3)
    return found
