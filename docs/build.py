"""What MkDocs adds to the pages of this folder: those at the root of the project, and references made from the code."""

import re
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
}
_GROUPS = (
    "backbone",
    "corpus",
    "sampler",
    "loss",
    "negatives",
    "training",
    "tuning",
    "dataset",
    "baseline",
    "experiment",
    "translator",
    "recipe",
)
_CONFIGURATION = """\
Every key can be overridden on the command line (`training.max_steps=100`), an option is chosen by its group
(`sampler=x_y`). This page is made from the files in `conf/`.
"""
_MEASURES = """\
A metric is called `collection/setting/measure`; means over lists are called as the measure, but `map` for
`average_precision` and `mrr` for `reciprocal_rank`; micro means end in `_micro`. `{k}` is a depth. The arrow is the
better direction, if there is one. Formulas and limits are in `src/langmix/measures/formulas`, one file each; this page
is made from them.
"""


_BACKBONES = """\
What a run can start from: `backbone=NAME`, or as a teacher `backbone@loss.teacher=NAME`. Models of the hub are pinned
by revision; `make hub-check` loads each where there is a network. This page is made from `conf/backbone` and from
`src/langmix/studies/ledger.yaml`, which says what is known of their training and where from. Not here: BGE-M3 and
mmBERT (as far as is known here without safetensors, and pickles are code), gte-multilingual and EmbeddingGemma (code of
their own, layers after pooling); a converted copy of the former two is read with `backbone=path`.
"""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are written elsewhere, and those that are made."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=moved(source)))
    files.append(File.generated(config, "reference/configuration.md", content=configuration()))
    files.append(File.generated(config, "reference/backbones.md", content=backbones()))
    files.append(File.generated(config, "reference/measures.md", content=measures()))
    return files


def moved(source: str) -> str:
    """A page of the project with links that hold on the site."""
    text = (ROOT / source).read_text(encoding="utf-8")
    for file, page in PAGES.items():
        text = text.replace(f"]({file})", f"]({page})")
    return text.replace("](docs/", "](")


def configuration() -> str:
    """Every key of every option with its default and what its file says of it."""
    parts = [
        "# Configuration\n",
        _CONFIGURATION,
        "## Keys outside groups\n",
        _table(ROOT / "conf" / "config.yaml", skip=("defaults", "hydra")),
    ]
    parts += ["## Keys of langmix translate\n", _table(ROOT / "conf" / "translate.yaml", skip=("defaults",))]
    for group in _GROUPS:
        parts.append(f"## {group}\n")
        for path in sorted((ROOT / "conf" / group).glob("*.yaml")):
            parts += [f"### {group}={path.stem}\n", _head(path) + "\n", _table(path, skip=("defaults",))]
    return "\n".join(parts)


def backbones() -> str:
    """Every backbone with its licence and what it was trained on."""
    ledger = yaml.safe_load((ROOT / "src/langmix/studies/ledger.yaml").read_text(encoding="utf-8"))["encoders"]
    parts = ["# Backbones\n", _BACKBONES, "| `backbone=` | what it is | licence | saw, of the sets here | source |"]
    parts.append("|---|---|---|---|---|")
    for path in sorted((ROOT / "conf" / "backbone").glob("*.yaml")):
        known, keys = ledger.get(path.stem), yaml.safe_load(path.read_text(encoding="utf-8"))
        if known is None:
            continue  # a folder of one's own
        model = f"[{keys['model_id']}](https://huggingface.co/{keys['model_id']}): " if "model_id" in keys else ""
        saw = ", ".join(known["saw"]) or "none"
        head = " ".join(_head(path).split())
        parts.append(f"| `{path.stem}` | {model}{head} | {known['licence']} | {saw} | {known['source']} |")
    return "\n".join(parts)


def measures() -> str:
    """Every measure as the registry has it."""
    from langmix.measures.measure import Needs
    from langmix.measures.registry import needing

    arrows = {"higher": "↑", "lower": "↓", "neither": ""}
    parts = ["# Measures\n", _MEASURES]
    for needs in Needs:
        parts += [f"## Of {needs}\n", "| measure | in tables | better | what it is | source |", "|---|---|---|---|---|"]
        parts += [
            f"| `{each.name}` | {each.title} | {arrows[each.direction]} | {each.summary} | {each.source} |"
            for each in needing(needs)
        ]
        parts.append("")
    return "\n".join(parts)


def _head(path: Path) -> str:
    """The comment that a file begins with."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if "@package" not in line:
            lines.append(_escaped(line.removeprefix("#").strip()))
    return "  \n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;").replace("_", r"\_")


def _table(path: Path, skip: tuple[str, ...]) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [
        f"| `{key}` | `{_shown(value)}` | {_escaped(comment)} |" for key, value, comment in _keys(lines, skip) if key
    ]
    return "\n".join(["| key | default | |", "|---|---|---|", *rows, ""]) if rows else ""


def _keys(lines: list[str], skip: tuple[str, ...]) -> list[tuple[str, Any, str]]:
    """Dotted keys of a YAML file with values and comments; mappings below two levels are left to the file."""
    found: list[tuple[str, Any, str]] = []
    above: list[tuple[int, str]] = []
    for line in lines:
        match = re.match(r"^( *)([\w]+):(?: (.*?))?(?:(?:^|\s+)# (.*))?$", line)
        if not match or line.lstrip().startswith(("#", "-")):
            continue
        indent, key, value, comment = len(match[1]), match[2], (match[3] or "").strip(), match[4] or ""
        above = [each for each in above if each[0] < indent]
        path = [name for _, name in above] + [key]
        if not value:
            above.append((indent, key))
        if path[0] in skip or (path[0] == "sha256" and len(path) > 1) or key == "_target_":
            continue
        if value or comment:
            found.append((".".join(path), yaml.safe_load(value) if value else "…", comment))
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value).replace("|", r"\|") or '""'
