"""A collection that weights are chosen by while they are trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from langmix.app.parts import build

if TYPE_CHECKING:
    from langmix.collection import Collection
    from langmix.encoder.encoder import Encoder
    from langmix.scoring.encode import Precision


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

    @classmethod
    def of(cls, cfg: DictConfig) -> "HeldOut | None":
        """The collection at ``dataset@held_out``, None where there is none.

        Raises:
            LangmixError: The collection cannot be read.
        """
        if not cfg.get("held_out"):
            return None
        return cls(build(cfg.held_out), cfg.retrieval.precision, cfg.retrieval.batch_tokens)

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the figure for given weights."""
        how = {"precision": self.precision, "batch_tokens": self.batch_tokens}
        return {"collection": self.collection.fingerprint, **how}

    def __call__(self, encoder: "Encoder") -> float:
        """Macro mean over query languages of mAP in the pool of all languages, from 0 to 1."""
        from langmix.measures.aggregate import by_pair, metrics
        from langmix.measures.evidence import Evidence
        from langmix.measures.per_query import per_query
        from langmix.scoring.encode import encode
        from langmix.scoring.scores import Scoring
        from langmix.scoring.search import search

        collection = self.collection
        queries = encode(encoder, collection.query_texts, "query", self.precision, self.batch_tokens)
        candidates = encode(encoder, collection.candidate_texts, "passage", self.precision, self.batch_tokens)
        evidence = Evidence.of(collection, *search(collection, Scoring(queries, candidates), 1))
        return metrics(collection.name, by_pair(per_query(evidence)))[f"{collection.name}/multilingual/map"]
