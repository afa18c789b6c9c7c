"""mMARCO: the triples of MS MARCO, whose queries and passages were translated into many languages.

Bonifacio et al. 2021, "mMARCO: A Multilingual Version of the MS MARCO Passage Ranking Dataset", arXiv 2108.13897;
``unicamp-dl/mmarco`` on the Hugging Face hub.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from langmix.corpus.address import local
from langmix.corpus.parallel import SIDES
from langmix.corpus.records import Records
from langmix.corpus.split import held_out
from langmix.corpus.stored import Content, stamp, stored
from langmix.corpus.table import TableCorpus
from langmix.errors import LangmixError
from langmix.languages import language, selected
from langmix.store import Store
from langmix.texts import has_word, is_empty

log = logging.getLogger(__name__)

LAYOUT = 2  # to be raised when the same sources come to be stored differently
BATCH = 1 << 20
_TEXT = pa.dictionary(pa.int32(), pa.large_string())

Ids = npt.NDArray[np.int64]


def mmarco(
    name: str,
    triples: str | Path | None,
    queries: str | None,
    collection: str | None,
    languages: Sequence[str],
    store: Store,
    validation_fraction: float,
    split: str = "train",
) -> TableCorpus:
    """One split of mMARCO, one row per triple: its query and its relevant passage.

    A text is stored once per language, and a row holds its number, so the 39,780,811 triples of the paper's seven
    languages take some 3 GB. The third column, the irrelevant passage, is not stored. Queries that are linked by a
    common relevant passage are one group, named by the smallest query id.

    Args:
        name: What tables and runs call the corpus.
        triples: File of query id, relevant passage id and irrelevant passage id, separated by tabs
            (``triples.train.ids.small.tsv``).
        queries: Files of query id and text, separated by a tab; ``{name}`` stands for the language's English name in
            lower case, ``{code}`` for its ISO 639 code (``{name}_queries.train.tsv``).
        collection: Files of passage id and text, likewise (``{name}_collection.tsv``).
        languages: Languages to take, in this order.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out for validation, by groups, from 0 to 1 (all); see `corpus.split`.
        split: "train" or "validation". No group has pairs in both.

    Raises:
        LangmixError: A file is missing or malformed, or a language lacks a text that the triples name.
    """
    for key, value in (("triples", triples), ("queries", queries), ("collection", collection)):
        if not value:
            raise LangmixError(f"corpus '{name}': {key} names no file")
    if not isinstance(validation_fraction, int | float) or not 0 <= validation_fraction <= 1:
        raise LangmixError(f"corpus '{name}': validation_fraction={validation_fraction} has to be from 0 to 1")
    languages = selected(languages, f"corpus '{name}': ")
    rows = Records(local(str(triples)))
    texts = {
        (side, code): Records(local(str(files).replace("{name}", language(code).name.lower()).replace("{code}", code)))
        for code in languages
        for side, files in zip(SIDES, (queries, collection), strict=True)
    }
    seen = [stamp(records.path) for records in (rows, *texts.values())]
    key = json.dumps([LAYOUT, list(languages), validation_fraction, seen])
    folder = store.corpora / hashlib.sha256(key.encode()).hexdigest()[:32]
    return stored(folder, name, split, partial(_read, name, rows, texts, languages, validation_fraction))


def _read(
    name: str,
    triples: Records,
    texts: dict[tuple[str, str], Records],
    languages: tuple[str, ...],
    validation_fraction: float,
) -> Content:
    pairs = _pairs(triples)
    distinct, numbers = zip(*(np.unique(ids, return_inverse=True) for ids in pairs), strict=True)
    groups = _groups(numbers, distinct)
    names, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    by_name = dict(zip(map(str, names.tolist()), sizes.tolist(), strict=True))
    chosen = held_out(by_name, validation_fraction)
    validating = np.array([name in chosen for name in by_name])[group_of]
    order = np.concatenate([np.flatnonzero(~validating), np.flatnonzero(validating)])
    columns = {}
    for code in languages:
        for side, ids, column in zip(SIDES, distinct, pairs, strict=True):
            found = _texts(texts[side, code], ids, triples, column)
            if wordless := sum(not has_word(text) for text in found):
                log.warning("%s: texts without a letter or a digit: %d %s in '%s'", name, wordless, side, code)
            columns[f"{side}.{code}"] = pa.array(found, pa.large_string())
    fields = [("id", pa.int32()), ("group", pa.int32()), *((column, _TEXT) for column in columns)]
    by_side = dict(zip(SIDES, (part.astype(np.int32) for part in numbers), strict=True))

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            arrays = [pa.array((some + 1).astype(np.int32)), pa.array(groups[some].astype(np.int32))]
            for column, dictionary in columns.items():
                indices = pa.array(by_side[column.partition(".")[0]][some])
                arrays.append(pa.DictionaryArray.from_arrays(indices, dictionary))
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    return Content(pa.schema(fields), batches(), int(np.count_nonzero(~validating)), validation_fraction)


def _pairs(triples: Records) -> tuple[Ids, Ids]:
    """Query ids and relevant passage ids of the triples, each ``[triples]``.

    Raises:
        LangmixError: A line is something else than three whole numbers, or there is none.
    """
    columns = ["query", "passage", "irrelevant"]
    try:
        table = pa.csv.read_csv(
            triples.path,
            pa.csv.ReadOptions(column_names=columns),
            pa.csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.int32()), null_values=[]),
        )
    except pa.ArrowInvalid as error:
        # The fast reader does not count lines.
        for number, line in triples.lines():
            cells = line.split("\t")
            if len(cells) != len(columns) or not all(cell.isascii() and cell.isdigit() for cell in cells):
                raise LangmixError(
                    f"{triples.at(number)}three numbers separated by tabs are needed (query, relevant passage, "
                    f"irrelevant passage), not {line[:60]!r}"
                ) from error
        raise LangmixError(f"{triples.path}: not a file of triples ({str(error).splitlines()[0]})") from error
    if not len(table):
        raise LangmixError(f"{triples.path}: has no rows")
    query, passage = (table.column(side).to_numpy().astype(np.int64) for side in SIDES)
    return query, passage


def _groups(numbers: tuple[npt.NDArray[np.intp], ...], distinct: tuple[Ids, ...]) -> Ids:
    """Group of each triple: the smallest id of the queries that common relevant passages link, ``[triples]``."""
    (query, passage), (queries, passages) = numbers, distinct
    # Most pairs stand in a hundred triples; the graph needs each once.
    first = np.unique(query * len(passages) + passage, return_index=True)[1]
    nodes = len(queries) + len(passages)
    links = coo_array((np.ones(len(first), np.int8), (query[first], len(queries) + passage[first])), (nodes, nodes))
    part = connected_components(links, directed=False)[1][: len(queries)]
    # Queries stand in the order of their ids, so a component's first is its smallest.
    _, smallest, component = np.unique(part, return_index=True, return_inverse=True)
    groups: Ids = queries[smallest][component][query]
    return groups


def _texts(records: Records, ids: Ids, triples: Records, column: Ids) -> list[str]:
    """The texts with these sorted ids ``[n]`` of a file of ids and texts; ``column`` is where the triples name them.

    Raises:
        LangmixError: A line is malformed or repeats an id, or an id is missing.
    """
    place = dict(zip(map(str, ids.tolist()), range(len(ids)), strict=True))
    texts = [""] * len(ids)
    for number, line in records.lines():
        key, tab, text = line.partition("\t")
        if not tab or not key.isdigit() or is_empty(text):
            raise LangmixError(f"{records.at(number)}an id, a tab and a text are needed, not {line[:60]!r}")
        at = place.get(key)
        if at is not None:
            if texts[at]:
                raise LangmixError(f"{records.at(number)}id {key} a second time")
            texts[at] = text
    if "" in texts:
        missing = ids[texts.index("")]
        line_number = int(np.flatnonzero(column == missing)[0]) + 1
        raise LangmixError(
            f"{records.path}: has no id {missing}, which {triples.path} names in line {line_number} "
            f"({texts.count('')} of {len(ids)} ids are missing)"
        )
    return texts
