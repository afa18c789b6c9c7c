"""What an evaluation leaves behind: enough to compute every figure again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.measures.description import COLLECTION, Description
from langmix.measures.parquet import AGAIN, identity_of, read_table, write_table
from langmix.scoring.ranks import Ranks
from langmix.scoring.run_file import NOT_RETRIEVED
from langmix.scoring.top import Top

JUDGEMENTS = "judgements.parquet"
TOP = "top.parquet"

_NAME = pa.dictionary(pa.int32(), pa.string())  # names repeat
_QUERY = {"query_id": _NAME, "question": _NAME, "query_language": _NAME}
_CANDIDATE = {"candidate_id": _NAME, "candidate_language": _NAME}
_RANKS = {"rank_in_language": pa.int32(), "rank_in_pool": pa.int32()}  # none where it was never found
_PLACE = {"place": pa.int32(), "score": pa.float32(), "relevant": pa.bool_()}
_SOURCES = [pa.field("paragraph", _NAME), pa.field("article", _NAME)]  # not every collection has them
_GRADE = pa.field("grade", pa.int32())  # cells of older versions have none, and none above 1
_JUDGEMENTS = pa.schema(
    [
        *[pa.field(*column, nullable=False) for column in (_QUERY | _CANDIDATE).items()],
        *[pa.field(*column) for column in _RANKS.items()],
        pa.field("tied", pa.bool_(), nullable=False),
        _GRADE,
    ]
)
_TOP = pa.schema([*[pa.field(*column, nullable=False) for column in (_QUERY | _CANDIDATE | _PLACE).items()], *_SOURCES])


@dataclass(frozen=True)
class Evidence:
    """Ranks of all relevant candidates and the first candidates of every query, with all that figures are made from.

    Measures take nothing else, so they give the same figures from an evaluation and from its files.

    Attributes:
        collection: What was searched.
        query_ids: ``[queries]``.
        query_questions: Question that each query is a translation of, ``[queries]``.
        query_paragraphs: Paragraph of each query's question, ``[queries]``; None where there are none.
        query_articles: Likewise its article.
        query_languages: Indices into the collection's languages, ``[queries]``, ascending.
        candidate_ids: Those that are relevant or among the first; right after an evaluation all others too.
        candidate_languages: Indices into the collection's languages, one per candidate id.
        relevant: Pairs (query index, index into `candidate_ids`), ``[judgements, 2]``.
        ranks: Of each judgement.
        top: First candidates of each query, as indices into `candidate_ids`.
        grades: Grade of each judgement, ``[judgements]``, from 1; None: all are 1.
        cut: Whether rankings end before their last relevant candidate, so that measures which need its rank are none.
    """

    collection: Description
    query_ids: Sequence[str]
    query_questions: Sequence[str]
    query_paragraphs: Sequence[str] | None
    query_articles: Sequence[str] | None
    query_languages: npt.NDArray[np.int64]
    candidate_ids: Sequence[str]
    candidate_languages: npt.NDArray[np.int64]
    relevant: npt.NDArray[np.int64]
    ranks: Ranks
    top: Top
    grades: npt.NDArray[np.int64] | None = None
    cut: bool = False

    @classmethod
    def of(cls, collection: Collection, ranks: Ranks, top: Top) -> "Evidence":
        """Put together what was searched and what was found."""
        return cls(
            collection=Description.of(collection),
            query_ids=collection.query_ids,
            query_questions=collection.query_questions,
            query_paragraphs=collection.query_paragraphs,
            query_articles=collection.query_articles,
            query_languages=collection.query_languages,
            candidate_ids=collection.candidate_ids,
            candidate_languages=collection.candidate_languages,
            relevant=collection.relevant,
            ranks=ranks,
            top=top,
            grades=collection.grades,
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages."""
        return self.collection.languages

    @property
    def top_relevant(self) -> npt.NDArray[np.bool_]:
        """Whether each of the first candidates is relevant to its query, ``[queries, k]``."""
        return self.top.relevant(self.relevant)

    def write(self, folder: Path, identity: Mapping[str, str]) -> None:
        """Write `JUDGEMENTS` (a row per relevant candidate of a query), `TOP` (a row per place) and `COLLECTION`.

        Args:
            folder: Folder of the cell.
            identity: Whose they are: fingerprints of the ``cell`` and of the ``collection``.
        """
        query_of, candidate_of = self.relevant.T
        every = np.repeat(np.arange(len(self.query_ids)), self.top.k)
        judged = {
            **self._names(query_of, candidate_of),
            "rank_in_language": _found(self.ranks.in_language),
            "rank_in_pool": _found(self.ranks.in_pool),
            "tied": self.ranks.tied,
            "grade": np.ones(len(self.relevant), np.int64) if self.grades is None else self.grades,
        }
        best = {
            **self._names(every, self.top.candidates.ravel()),
            "place": np.tile(np.arange(1, self.top.k + 1), len(self.query_ids)),
            "score": self.top.scores.ravel(),
            "relevant": self.top_relevant.ravel(),
        }
        for name, columns, schema in ((JUDGEMENTS, judged, _JUDGEMENTS), (TOP, best, _TOP)):
            arrays = [pa.array(columns[field.name]).cast(field.type) for field in schema]
            write_table(pa.table(arrays, schema=schema), folder / name, identity)
        self.collection.write(folder, identity)

    @classmethod
    def read(cls, folder: Path, expected: Mapping[str, str] | None = None) -> "Evidence":
        """Read what `write` has written.

        Args:
            folder: Folder of the cell.
            expected: Whose the files have to be, as they were written; None: they have to be of one cell.

        Raises:
            LangmixError: A file is missing, damaged or somebody else's, or one contradicts another.
        """
        best = read_table(folder / TOP, expected, _TOP)
        expected = expected or identity_of(best.schema)
        judged = read_table(folder / JUDGEMENTS, expected, _JUDGEMENTS, later=_GRADE.name)
        return _joined(folder, Description.read(folder, expected), _texts(judged), _texts(best))

    def _names(self, queries: npt.NDArray[np.int64], candidates: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
        none = [None] * len(self.query_ids)
        return {
            "query_id": _take(self.query_ids, queries),
            "question": _take(self.query_questions, queries),
            "query_language": _take(self.languages, self.query_languages[queries]),
            "paragraph": _take(self.query_paragraphs or none, queries),
            "article": _take(self.query_articles or none, queries),
            "candidate_id": _take(self.candidate_ids, candidates),
            "candidate_language": _take(self.languages, self.candidate_languages[candidates]),
        }


def _found(ranks: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(ranks, mask=ranks == NOT_RETRIEVED)


def _take(names: Sequence[str | None], rows: npt.NDArray[np.int64]) -> pa.Array:
    """The texts ``names[rows]``."""
    return pa.array(names, pa.string()).take(pa.array(rows))


def _texts(table: pa.Table) -> pd.DataFrame:
    """The table with its names as plain texts."""
    plain = [pa.string() if pa.types.is_dictionary(kind) else kind for kind in table.schema.types]
    texts: pd.DataFrame = table.cast(pa.schema(list(zip(table.schema.names, plain, strict=True)))).to_pandas()
    return texts


def _index(names: "pd.Index[str]", of: "pd.Series[str]") -> npt.NDArray[np.int64]:
    """Where each of some texts is among ``names``, -1 where it is not."""
    return np.asarray(names.get_indexer(pd.Index(of)), dtype=np.int64)


def _asked(folder: Path, collection: Description, best: pd.DataFrame) -> pd.DataFrame:
    """The first row of each query, by its id."""
    count = sum(collection.queries.values())
    k = max(1, len(best) // max(1, count))
    asked = best.iloc[::k].set_index("query_id")
    whole = len(best) == count * k and asked.index.is_unique
    if whole:
        query, place = np.repeat(np.arange(count), k), np.tile(np.arange(1, k + 1), count)
        whole = bool(((_index(asked.index, best["query_id"]) == query) & (best["place"].to_numpy() == place)).all())
    if not whole:
        raise LangmixError(f"{folder / TOP}: not places 1 to {k} of {count} queries, as {COLLECTION} says: {AGAIN}")
    return asked


def _joined(folder: Path, collection: Description, judged: pd.DataFrame, best: pd.DataFrame) -> Evidence:
    """Put the tables together, and refuse them where one contradicts another."""
    asked = _asked(folder, collection, best)
    if len(judged) != collection.judgements:
        told = f"{len(judged)} rows, where {COLLECTION} says {collection.judgements}"
        raise LangmixError(f"{folder / JUDGEMENTS}: {told}: {AGAIN}")
    query_of = _index(asked.index, judged["query_id"])
    _refuse(query_of < 0, folder / JUDGEMENTS, judged["query_id"], f"is a query that is not in {TOP}")
    for column in ("question", "query_language"):
        differs = asked[column].to_numpy()[query_of] != judged[column].to_numpy()
        _refuse(differs, folder / JUDGEMENTS, judged["query_id"], f"is a query with another {column} in {TOP}")
    candidates = pd.concat([table[list(_CANDIDATE)] for table in (judged, best)]).drop_duplicates()
    twice = candidates["candidate_id"].duplicated().to_numpy()
    _refuse(twice, folder / TOP, candidates["candidate_id"], f"is a candidate in another language in {JUDGEMENTS}")
    languages, known = pd.Index(collection.languages), candidates.set_index("candidate_id")
    query_languages = _index(languages, asked["query_language"])
    candidate_languages = _index(languages, known["candidate_language"])
    sizes = np.bincount(query_languages[query_languages >= 0], minlength=len(languages))
    if min(query_languages.min(), candidate_languages.min()) < 0 or sizes.tolist() != [*collection.queries.values()]:
        raise LangmixError(f"{folder / TOP}: languages and numbers of queries are not those of {COLLECTION}: {AGAIN}")
    in_language, in_pool = (judged[name].fillna(NOT_RETRIEVED).to_numpy(np.int64) for name in _RANKS)
    grades = judged["grade"].fillna(1).to_numpy(np.int64)
    _refuse(grades < 1, folder / JUDGEMENTS, judged["candidate_id"], "has a grade below 1, of what is not relevant")
    shape = len(asked), len(best) // len(asked)
    places = _index(known.index, best["candidate_id"]).reshape(shape)
    evidence = Evidence(
        collection=collection,
        query_ids=asked.index.tolist(),
        query_questions=asked["question"].tolist(),
        query_paragraphs=None if asked["paragraph"].isna().all() else asked["paragraph"].tolist(),
        query_articles=None if asked["article"].isna().all() else asked["article"].tolist(),
        query_languages=query_languages,
        candidate_ids=known.index.tolist(),
        candidate_languages=candidate_languages,
        relevant=np.stack([query_of, _index(known.index, judged["candidate_id"])], axis=1),
        ranks=Ranks(in_language, in_pool, judged["tied"].to_numpy(bool)),
        top=Top(places, best["score"].to_numpy(np.float32).reshape(shape)),
        grades=grades if (grades > 1).any() else None,
        cut=bool((in_pool == NOT_RETRIEVED).any()),
    )
    _compare(folder, evidence, judged["candidate_id"], best)
    return evidence


def _compare(folder: Path, evidence: Evidence, judged: "pd.Series[str]", best: pd.DataFrame) -> None:
    """Hold ranks and first candidates against each other."""
    ranks, pool = evidence.ranks, evidence.collection.pool
    never = ranks.in_pool == NOT_RETRIEVED
    impossible = (ranks.in_language < 1) | (ranks.in_language > ranks.in_pool) | ((ranks.in_pool > pool) & ~never)
    _refuse(impossible, folder / JUDGEMENTS, judged, f"has no possible ranks among {pool} candidates")
    first = ranks.in_pool <= evidence.top.k
    query_of, candidate_of = evidence.relevant[first].T
    there = evidence.top.candidates[query_of, ranks.in_pool[first] - 1]
    _refuse(there != candidate_of, folder / JUDGEMENTS, judged[first], f"is not at its rank in {TOP}")
    differs = evidence.top_relevant.ravel() != best["relevant"].to_numpy()
    _refuse(differs, folder / TOP, best["candidate_id"], f"is relevant here or in {JUDGEMENTS}, but not in both")


def _refuse(wrong: npt.NDArray[np.bool_], path: Path, names: "pd.Series[str]", what: str) -> None:
    if wrong.any():
        raise LangmixError(f"{path}: '{names.iloc[int(wrong.argmax())]}' {what}: {AGAIN}")
