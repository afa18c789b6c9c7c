"""A benchmark that weights are chosen by while they are trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from langmix.app.parts import build

if TYPE_CHECKING:
    from langmix.benchmark import Benchmark
    from langmix.encoder.encoder import Encoder
    from langmix.retrieval.encode import Precision


@dataclass(frozen=True)
class HeldOut:
    """Pooled mAP on a benchmark that is not the one to be reported.

    Attributes:
        benchmark: What is searched.
        precision: Arithmetic of the encoder, as in `encode`.
        batch_tokens: Tokens per forward pass.
    """

    benchmark: "Benchmark"
    precision: "Precision"
    batch_tokens: int

    @classmethod
    def of(cls, cfg: DictConfig) -> "HeldOut | None":
        """The benchmark at ``dataset@held_out``, None where there is none.

        Raises:
            LangmixError: The benchmark cannot be read.
        """
        if not cfg.get("held_out"):
            return None
        return cls(build(cfg.held_out), cfg.retrieval.precision, cfg.retrieval.batch_tokens)

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the figure for given weights."""
        how = {"precision": self.precision, "batch_tokens": self.batch_tokens}
        return {"benchmark": self.benchmark.fingerprint, **how}

    def __call__(self, encoder: "Encoder") -> float:
        """Macro mean over query languages of mAP in the pool of all languages, from 0 to 1."""
        from langmix.measures.aggregate import by_pair, metrics
        from langmix.measures.evidence import Evidence
        from langmix.measures.per_query import per_query
        from langmix.retrieval.encode import encode
        from langmix.retrieval.scores import Scoring
        from langmix.retrieval.search import search

        benchmark = self.benchmark
        queries = encode(encoder, benchmark.query_texts, "query", self.precision, self.batch_tokens)
        candidates = encode(encoder, benchmark.candidate_texts, "passage", self.precision, self.batch_tokens)
        evidence = Evidence.of(benchmark, *search(benchmark, Scoring(queries, candidates), 1))
        return metrics(benchmark.name, by_pair(per_query(evidence)))[f"{benchmark.name}/multilingual/map"]
