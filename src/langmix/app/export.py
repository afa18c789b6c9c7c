"""``langmix export``: a tracked cell's trained encoder, whole, for other programs."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from langmix.configuration import composition, tracked
from langmix.console import console
from langmix.errors import LangmixError

_FORMATS = ("sentence_transformers",)


def main(arguments: Sequence[str]) -> None:
    """Write a trained encoder as a folder of its own."""
    parser = argparse.ArgumentParser(
        prog="langmix export",
        description="A tracked cell's trained encoder as a folder that Sentence-Transformers and Transformers load.",
    )
    parser.add_argument("run", metavar="RUN_ID", help="MLflow id of a cell")
    parser.add_argument("format", choices=_FORMATS, help="for whom")
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder to write, which must not exist")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="such as store.root=FOLDER")
    composition.add_config_dir(parser)
    options = parser.parse_args(arguments)

    from langmix.encoder.backbone import Changes
    from langmix.encoder.changes import FILE
    from langmix.finished import is_finished, verify
    from langmix.store import Store
    from langmix.tracking import read
    from langmix.tracking.cell import MODEL

    store = Store.open(composition.read(options.overrides, options.config_dir).place.root)
    cell = read.cell(store, options.run)
    model = cell.tags.get(MODEL)
    if not model:
        raise LangmixError(f"run {cell.run_id}: trained nothing, so there is nothing to export")
    folder = store.models / model
    if not is_finished(folder):
        raise LangmixError(
            f"run {cell.run_id}: its model is not in {store.root} any more; "
            f"'langmix rerun {cell.run_id}' makes it again"
        )
    verify(folder)
    values = tracked.read(read.artifact(store, cell.run_id, "config.yaml"), options.config_dir)
    backbone = tracked.changed(values, options.overrides, options.config_dir).backbone.build()

    import pandas as pd

    from langmix.encoder.encoder import Encoder
    from langmix.encoder.export import export
    from langmix.interop.model_card import model_card
    from langmix.measures.per_query import PER_QUERY

    encoder = Encoder.load(replace(backbone, changes=Changes(folder / FILE, backbone.origin)))
    target = options.folder.expanduser().absolute()
    table = pd.read_parquet(read.artifact(store, cell.run_id, PER_QUERY))
    card = model_card(cell, table, list(dict.fromkeys(table["query_language"])))
    export(encoder.model, encoder.tokenizer, backbone, target, card)
    console().print(f"{target}: {cell.key.name}, trained as run {cell.run_id}", soft_wrap=True)
