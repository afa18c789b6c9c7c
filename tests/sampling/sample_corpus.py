import pyarrow as pa

from langmix.corpus import TableCorpus


def corpus_of(availability: list[dict[str, str]], languages: tuple[str, ...], groups: list[str] | None = None):
    """A corpus whose row i has, per language, the sides named in ``availability[i]``: "qp", "q", "p" or ""."""
    columns = {
        "id": [f"id{i}" for i in range(len(availability))],
        "group": groups or [f"g{i}" for i in range(len(availability))],
    }
    for language in languages:
        for side in ("query", "passage"):
            columns[f"{side}.{language}"] = [
                f"{side} {i} {language}" if side[0] in row.get(language, "") else None
                for i, row in enumerate(availability)
            ]
    schema = pa.schema([(name, pa.string()) for name in columns])
    return TableCorpus("sample", languages, pa.table(columns, schema=schema), "0" * 16)


def full_corpus(rows: int, languages: tuple[str, ...]):
    return corpus_of([dict.fromkeys(languages, "qp")] * rows, languages)
