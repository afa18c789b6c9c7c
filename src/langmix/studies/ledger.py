"""Whether a figure is in-domain, of the same source as the training pairs, or zero-shot."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from langmix.errors import LangmixError

Mark = Literal["in-domain", "same source", "zero-shot", "unknown"]


def mark(encoder: str, corpus: str, collection: str) -> Mark:
    """What an encoder that was fine-tuned on a corpus has to do with a collection.

    `in-domain`: the encoder was trained, before, on the set that the collection is cut from, or on one of its task and
    form. `same source`: the pairs are another part of that set. `zero-shot`: neither, as far as the ledger knows.
    `unknown`: it knows nothing of one of them. What is shared by chance is for the audit to find.

    Args:
        encoder: Name of the backbone, without the ending of a stand-in.
        corpus: Name of the corpus.
        collection: Name of the collection.
    """
    known = _ledger()
    of = known["collections"].get(collection, {}).get("of")
    saw, pairs = known["encoders"].get(encoder, {}).get("saw"), known["corpora"].get(corpus, {}).get("of")
    if of is None or saw is None or pairs is None:
        return "unknown"
    if set(of) & set(saw):
        return "in-domain"
    return "same source" if pairs in of else "zero-shot"


def licence(encoder: str) -> str:
    """Licence of an encoder, by its name without the ending of a stand-in; empty where it is not known."""
    return str(_ledger()["encoders"].get(encoder, {}).get("licence", ""))


def check_chosen_by(collection: str) -> None:
    """Refuse to choose weights by what is reported.

    Raises:
        LangmixError: Figures are reported on the collection.
    """
    if collection in _ledger()["reported"]:
        raise LangmixError(
            f"dataset@held_out={collection}: training.monitor=map would choose weights by it, and figures are reported "
            "on it; choose by dataset@held_out=pairs, by xnli_entailment with held_out.split=dev, or by a "
            "collection of your own"
        )


def mark_of(overrides: Sequence[str], collection: str) -> Mark:
    """The mark of a grid's cells, told by its overrides."""
    said = dict(each.split("=", 1) for each in overrides if "=" in each)
    return mark(said.get("backbone", ""), said.get("corpus.name", said.get("corpus", "")), collection)


@cache
def _ledger() -> dict[str, Any]:
    ledger: dict[str, Any] = yaml.safe_load((files("langmix.studies") / "ledger.yaml").read_text(encoding="utf-8"))
    return ledger
