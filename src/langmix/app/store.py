"""``langmix store``: what is in the store, whether it is what it was, and what of it nobody needs."""

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rich import box
from rich.table import Table

from langmix.configuration.composition import add_config_dir, read
from langmix.console import console, literal
from langmix.errors import LangmixError

if TYPE_CHECKING:
    from langmix.store import Store

_HASH = re.compile(r"[0-9a-f]{16,}")
_DIGITS = 10  # of a name that is a hash


def main(arguments: Sequence[str]) -> None:
    """List, verify or prune the store, or bring its mirror up to date."""
    parser = argparse.ArgumentParser(prog="langmix store", description="The store of models, data and embeddings.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    helps = {
        "list": "models, corpora, negatives, backbones, embeddings, indexes and downloads, and the runs that use them",
        "verify": "compare every file with its checksum",
        "prune": "remove leftovers of killed processes, embeddings, indexes, and models that no finished run refers to",
        "sync": "bring the mirror up to date with all runs",
    }
    for name, text in helps.items():
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        action.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="such as store.root=FOLDER")
        add_config_dir(action)
        if name == "prune":
            action.add_argument("--dry-run", action="store_true", help="only show what would go")
    options = parser.parse_args(arguments)

    from langmix.store import Store

    asked = read(options.overrides, options.config_dir)
    store = Store.open(asked.place.root)
    if options.action == "list":
        _list(store)
    elif options.action == "verify":
        _verify(store)
    elif options.action == "prune":
        _prune(store, dry_run=options.dry_run)
    else:
        _sync(store, asked.tracking.mirror)


def _list(store: "Store") -> None:
    from langmix.store.contents import entries
    from langmix.tracking.read import users

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("kind", "name", "MB", "made (UTC)", "what", "runs"):
        text = heading in ("name", "what")
        justify: Literal["left", "right"] = "right" if heading == "MB" else "left"
        table.add_column(heading, overflow="fold", justify=justify, no_wrap=not text)
    found = entries(store, users(store))
    for entry in found:
        runs = entry.runs[0][:8] if entry.runs else ""
        if len(entry.runs) > 1:
            runs += f" and {len(entry.runs) - 1}"
        name = _HASH.sub(lambda found: found[0][:_DIGITS], entry.folder.name)
        row = (entry.kind, name, _mb(entry.size), f"{entry.made:%Y-%m-%d}", _what(entry.metadata), runs)
        table.add_row(*literal(*row))
    out = console()
    out.print(table)
    out.print(f"{len(found)} folders, {_mb(sum(entry.size for entry in found))} MB in {store.root}", soft_wrap=True)


def _verify(store: "Store") -> None:
    from langmix.finished import verify
    from langmix.store.contents import folders

    out, wrong = console(), []
    found = [folder for _, folder in folders(store)]
    for folder in found:
        try:
            verify(folder)
        except LangmixError as error:
            wrong.append(str(error))
            out.print(wrong[-1], soft_wrap=True, markup=False, highlight=False)
    if wrong:
        raise LangmixError(f"store {store.root}: {len(wrong)} of {len(found)} folders are not what was written")
    out.print(f"{len(found)} folders in {store.root} are what was written", soft_wrap=True, highlight=False)


def _prune(store: "Store", *, dry_run: bool) -> None:
    from langmix.store.contents import remove, waste
    from langmix.tracking.read import users

    out, found = console(), waste(store, users(store))
    for unneeded in found:
        out.print(
            f"{_mb(unneeded.size)} MB {unneeded.path.relative_to(store.root)}: {unneeded.why}",
            soft_wrap=True,
            highlight=False,
        )
        if not dry_run:
            remove(unneeded)
    done = "would be removed" if dry_run else "removed"
    out.print(f"{len(found)} folders, {_mb(sum(each.size for each in found))} MB {done}", highlight=False)


def _sync(store: "Store", mirror: str | None) -> None:
    from langmix.tracking.mirror import sync

    if mirror is None:
        raise LangmixError("store sync: there is no mirror to bring up to date; give tracking.mirror=URI")
    sent = sync(store, mirror)
    out = console()
    for run_id in sent:
        out.print(f"sent: run {run_id}", highlight=False)
    out.print(f"{len(sent)} runs sent to {mirror}", soft_wrap=True, highlight=False)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"


def _what(metadata: Mapping[str, Any]) -> str:
    """The telling part of a manifest's metadata."""
    if "sampler" in metadata and "backbone" in metadata:  # a model
        return f"{metadata['backbone']['name']} {metadata['sampler']['name']} seed {metadata['seed']}"
    identity = metadata.get("identity", metadata)
    if "files" in identity:  # a download
        return f"{identity['files']} downloaded"
    facts = [identity.get(key) for key in ("corpus", "candidates", "name", "side", "processor")]
    return " ".join(str(fact) for fact in facts if fact) or str(identity.get("origin", ""))
