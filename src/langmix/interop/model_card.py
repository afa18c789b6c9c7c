"""A trained encoder's model card, as the Hugging Face hub reads it: written from the run that made it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import yaml

from langmix.studies.ledger import licence, mark
from langmix.tracking.cell import TRAINED_BY, Cell

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = ("average_precision", "recall_at_10", "rank_distance", "same_language_first")
_TITLES = {"average_precision": "mAP"}
_CITED = "@misc{arxiv-2408.10536, eprint = {2408.10536}, archivePrefix = {arXiv}, year = {2024}}"


def model_card(cell: Cell, table: "pd.DataFrame", languages: Sequence[str]) -> str:
    """README.md of an exported encoder.

    Args:
        cell: The cell that trained it.
        table: The cell's per-query table.
        languages: Languages of the collection that it was evaluated on.
    """
    recipe = cell.recipe
    trained = recipe.get("corpus.languages", "").split()
    backbone = cell.params.get("backbone.model_id", cell.key.backbone)
    front = {
        "language": list(dict.fromkeys([*trained, *languages])),
        "license": _hub_licence(licence(cell.key.backbone.partition("-")[0])),
        "base_model": backbone,
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "feature-extraction", "multilingual-retrieval", "langmix"],
    }
    sampler, dataset = cell.key.arm, cell.key.dataset
    prefixes = {side: recipe.get(f"backbone.{side}_prefix", "") for side in ("query", "passage")}
    encoder = cell.key.backbone.partition("-")[0]  # without the ending of a stand-in
    known = mark(encoder, cell.params.get("corpus.name", ""), cell.params.get("dataset", ""))
    about = (
        "A bi-encoder for retrieval in one language, across languages and in a pool of all languages: "
        f"`{backbone}`, fine-tuned with `{sampler}` batches (arXiv 2408.10536) by langmix. Embeddings are of unit "
        "length; their dot product is the score.\n"
    )
    evaluated = (
        f"On `{dataset}`, {table['question'].nunique()} questions in {' '.join(languages)}. To the encoder and its "
        f"training pairs the collection is: {known}. Intervals (95 %) are over questions, or the paragraphs or "
        "articles they are about, whichever is widest; they say nothing about training again.\n"
    )
    parts = [
        f"---\n{yaml.safe_dump(front, allow_unicode=True, sort_keys=False)}---\n",
        f"# {cell.key.backbone}, {sampler} batches of {recipe.get('corpus', '?')}\n",
        about,
        f"```python\n{_use(prefixes)}\n```\n",
        "## Training\n",
        _rows({name: recipe[key] for name, key in _TRAINING.items() if key in recipe} | {"seed": str(cell.key.seed)}),
        "## Evaluation\n",
        evaluated,
        _figures(table),
        "One seed of one configuration: a difference between this model and another is not known from this page.\n",
        "## How it was made\n",
        _rows(
            {
                "run": cell.run_id,
                "fingerprint of the cell": cell.tags.get("langmix.fingerprint.cell", ""),
                "code that trained": cell.tags.get(TRAINED_BY, ""),
                "origin of the backbone": recipe.get("backbone.origin", ""),
                "content of the corpus": recipe.get("corpus.content", ""),
            }
        ),
        "## Citation\n",
        f"The method, which this model neither confirms nor refutes:\n\n```\n{_CITED}\n```\n",
    ]
    return "\n".join(parts)


_TRAINING = {
    "corpus": "corpus",
    "languages": "corpus.languages",
    "sampler": "sampler",
    "alpha": "sampler.alpha",
    "loss": "loss.name",
    "steps": "training.max_steps",
    "pairs a batch": "training.batch_size",
    "learning rate": "training.learning_rate",
    "temperature": "training.temperature",
    "precision": "training.precision",
    "weights trained": "tuning.name",
}


def _hub_licence(named: str) -> str:
    """A licence as the hub names it: `apache-2.0`; `other` for what it has no name of."""
    known = {"MIT", "Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"}
    return named.lower() if named in known else "other"


def _use(prefixes: Mapping[str, str]) -> str:
    said = f"  # puts {prefixes['query']!r} in front" if prefixes["query"] else ""
    return (
        "from sentence_transformers import SentenceTransformer\n\n"
        'model = SentenceTransformer("PATH OR HUB ID")\n'
        f'queries = model.encode_query(["What is the capital of Kenya?"]){said}\n'
        'passages = model.encode_document(["Nairobi ist die Hauptstadt Kenias."])\n'
        "print(model.similarity(queries, passages))"
    )


def _rows(values: Mapping[str, str]) -> str:
    lines = "".join(f"| {name} | `{value}` |\n" for name, value in values.items() if value)
    return f"| | |\n|---|---|\n{lines}"


def _figures(table: "pd.DataFrame") -> str:
    """Means over queries, languages counting alike, with intervals."""
    from langmix.measures import measure
    from langmix.statistics.compare import compare

    names = [name for name in _MEASURES if name in table.columns]
    # A mean is what it differs from nothing by.
    nothing = table.assign(**{name: table[name].where(table[name].isna(), 0.0) for name in names})
    found = compare({"model": table, "nothing": nothing}, "nothing", {name: measure(name).direction for name in names})
    lines = "| setting | measure | mean | 95 % interval |\n|---|---|---:|---:|\n"
    for row in found[found["language"] == "all"].to_dict("records"):
        text = measure(str(row["measure"])).text
        title = _TITLES.get(str(row["measure"]), measure(str(row["measure"])).title)
        interval = f"{text(float(row['ci_low']))} to {text(float(row['ci_high']))}"
        lines += f"| {row['setting']} | {title} | {text(float(row['difference']))} | {interval} |\n"
    return lines
