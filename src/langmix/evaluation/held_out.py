"""A collection that weights are chosen by while they are trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langmix.measures.aggregate import by_pair, metrics
from langmix.measures.evidence import Evidence
from langmix.measures.per_query import per_query
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from langmix.scoring.texts import LoadedEncoder

if TYPE_CHECKING:
    from langmix.collection import Collection
    from langmix.encoder.encoder import Encoder
    from langmix.encoder.speed import Precision


@dataclass(frozen=True)
class HeldOut:
    """Pooled mAP on a collection that is not the one to be reported.

    Attributes:
        collection: What is searched.
        precision: Arithmetic of the encoder, as in `encode`.
        batch_tokens: Tokens per forward pass.
    """

    collection: "Collection"
    precision: "Precision"
    batch_tokens: int

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the figure for given weights."""
        how = {"precision": self.precision, "batch_tokens": self.batch_tokens}
        return {"collection": self.collection.fingerprint, **how}

    def __call__(self, encoder: "Encoder") -> float:
        """Macro mean over query languages of mAP in the pool of all languages, from 0 to 1."""
        self.collection.need_texts()
        texts, collection = LoadedEncoder(encoder, self.precision, self.batch_tokens), self.collection
        scoring = Scoring(texts(collection.query_texts, "query"), texts(collection.candidate_texts, "passage"))
        evidence, name = Evidence.of(collection, *search(collection, scoring, 1)), collection.name
        return metrics(name, by_pair(per_query(evidence)))[f"{name}/multilingual/map"]
