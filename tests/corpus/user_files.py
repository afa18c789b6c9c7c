"""Files as a user may have them."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": None, "language": None}


def encoded(kind, rows):
    """The rows, dicts of strings and None, as a file of this kind."""
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    names = list(dict.fromkeys(name for row in rows for name in row))
    if kind == "parquet":
        sink = io.BytesIO()
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        pq.write_table(pa.table(columns), sink)
        return sink.getvalue()
    text = io.StringIO(newline="")
    if kind == "csv":
        writer = csv.writer(text)
    else:
        writer = csv.writer(text, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerows([names, *([row.get(name) for name in names] for row in rows)])
    return text.getvalue().encode()


def grouping(corpus):
    """Group of each pair, numbered in the order in which the groups first come."""
    numbers = {}
    return [numbers.setdefault(code, len(numbers)) for code in corpus.groups[np.arange(len(corpus))].tolist()]
