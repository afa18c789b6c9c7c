"""Parallel texts from the Hugging Face hub at a pinned revision, or from a folder that `datasets` reads."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langmix.corpus.address import LANGUAGE
from langmix.corpus.columns import Columns
from langmix.corpus.hub_records import HubRecords
from langmix.corpus.jsonl import joined
from langmix.corpus.table import TableCorpus
from langmix.errors import LangmixError
from langmix.languages import selected
from langmix.store import Store


def hub(
    name: str,
    path: str | Path | None,
    rows: str,
    columns: Mapping[str, str | None],
    languages: Sequence[str] | None,
    store: Store,
    validation_fraction: float,
    split: str = "train",
) -> TableCorpus:
    """One split of a corpus read by `datasets`, or from the store where it has been read before.

    Rows are as for `langmix.corpus.jsonl.jsonl`.

    Args:
        name: What tables and runs call the corpus.
        path: As for `langmix.corpus.hub_records.HubRecords`.
        rows: Likewise; with ``{language}`` in it, one for each of ``languages``, else there is a language column.
        columns: Name of the column that holds each, as for `langmix.corpus.jsonl.jsonl`.
        languages: Languages to take, in this order; None: all that the language column has.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out for validation.
        split: "train" or "validation" of langmix.

    Raises:
        LangmixError: The data set cannot be read, a row is wrong, or the arguments contradict each other.
    """
    by_language = LANGUAGE in rows
    mapped = Columns.of(columns, one_file=not by_language)
    codes = None if languages is None else selected(languages, f"corpus '{name}': ")
    if by_language and codes is None:
        raise LangmixError(f"corpus '{name}': corpus.languages is null: give the languages that {LANGUAGE} stands for")
    spoken = codes if by_language and codes else (None,)
    sources = [(code, HubRecords(path, rows.replace(LANGUAGE, code or ""))) for code in spoken]
    return joined(name, sources, mapped, codes, store, validation_fraction, split)
