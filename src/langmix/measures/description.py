"""What figures need to know of a test collection beyond its queries and judgements."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.document import read_object
from langmix.errors import LangmixError
from langmix.measures.parquet import AGAIN, check_identity

COLLECTION = "collection.json"


@dataclass(frozen=True)
class Description:
    """Description of a test collection.

    Attributes:
        name: What metrics call it.
        fingerprint: Hash of its content.
        queries: Number of queries by language, in the order of the languages.
        candidates: Number of candidates by language.
        judgements: Number of pairs of a query and a candidate that is relevant to it.
        unanswered: Number of queries left out because nothing is relevant to them.
    """

    name: str
    fingerprint: str
    queries: Mapping[str, int]
    candidates: Mapping[str, int]
    judgements: int
    unanswered: int = 0

    @classmethod
    def of(cls, collection: Collection) -> "Description":
        """Describe a collection."""
        queries, candidates = (
            _sizes(collection, of) for of in (collection.query_languages, collection.candidate_languages)
        )
        judgements, unanswered = len(collection.relevant), collection.unanswered
        return cls(collection.name, collection.fingerprint, queries, candidates, judgements, unanswered)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages; query and candidate languages are indices into it."""
        return tuple(self.queries)

    @property
    def pool(self) -> int:
        """Candidates of all languages together."""
        return sum(self.candidates.values())

    def write(self, folder: Path, identity: Mapping[str, str]) -> None:
        """Write `COLLECTION`, with whose it is."""
        content = {"identity": dict(identity), "languages": self.languages, **vars(self)}
        (folder / COLLECTION).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, expected: Mapping[str, str]) -> "Description":
        """Read `COLLECTION`.

        Raises:
            LangmixError: The file is missing, damaged or somebody else's.
        """
        path = folder / COLLECTION
        if not path.is_file():
            raise LangmixError(f"{folder}: has no {COLLECTION}, as cells of older versions: {AGAIN}")
        node = read_object(path, "the description of a collection")
        identity = node.node("identity")
        check_identity(path, {key: identity.text(key) for key in expected if identity.has(key)}, expected)
        languages = node.items("languages")
        queries, candidates = (
            {code: sizes.whole_number(code) for code in languages}
            for sizes in map(node.node, ("queries", "candidates"))
        )
        judgements = node.whole_number("judgements")
        unanswered = node.whole_number("unanswered") if node.has("unanswered") else 0  # cells of older versions
        return cls(node.text("name"), node.text("fingerprint"), queries, candidates, judgements, unanswered)


def _sizes(collection: Collection, languages: npt.NDArray[np.int64]) -> dict[str, int]:
    counts = np.bincount(languages, minlength=len(collection.languages))
    return dict(zip(collection.languages, counts.tolist(), strict=True))
