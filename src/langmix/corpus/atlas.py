"""The atlas as a training corpus."""

import json
from collections.abc import Sequence
from hashlib import sha256

import pyarrow as pa

from langmix.atlas import items, selected
from langmix.corpus.table import TableCorpus


def atlas(languages: Sequence[str], split: str = "train") -> TableCorpus:
    """Questions and passages about the facts of Unicode CLDR (see `langmix.atlas`).

    Args:
        languages: Codes of the languages, in the order of the corpus.
        split: "train", "validation" or "test".

    Raises:
        LangmixError: A language or the split does not exist in the atlas.
    """
    chosen = selected(languages)
    pairs = items(split)
    columns = {"id": [item.id for item in pairs], "group": [item.passage_id for item in pairs]}
    for language in chosen:
        columns[f"query.{language}"] = [item.questions[language] for item in pairs]
        columns[f"passage.{language}"] = [item.passages[language] for item in pairs]
    content = json.dumps(["atlas", columns], ensure_ascii=False)
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    return TableCorpus("atlas", chosen, table, sha256(content.encode()).hexdigest())
