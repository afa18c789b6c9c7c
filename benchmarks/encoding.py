"""Encoding XQuAD-R's texts, against Sentence-Transformers' `encode` at its defaults, with the same model.

A random sample of the 13,090 questions and 13,014 candidates, half of each, the same for both sides; the model is
exported by langmix to a folder that Sentence-Transformers loads. Also: which share of the matrix-product rate of the
same cores encoding reaches, counting the arithmetic of tokens only, not that of padding.
"""

import contextlib
import io
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.scoring.encode import encode
from measure import alternate, backbone, flags, lareqa_benchmark, median_ratio, report, seconds

TEXTS_PER_SIDE = 750
REPEATS = 3
BATCH_TOKENS = 2048  # conf/config.yaml
GOAL = 2.0
RATE_GOAL = 0.6
COSINE_GOAL = 0.99999


def main() -> None:
    """Measure, print a table and one line of JSON."""
    from sentence_transformers import SentenceTransformer

    collection = lareqa_benchmark("xquad_r")
    rng = np.random.default_rng(0)
    questions = [collection.query_texts[row] for row in rng.permutation(len(collection.query_texts))[:TEXTS_PER_SIDE]]
    answers = [
        collection.candidate_texts[row] for row in rng.permutation(len(collection.candidate_texts))[:TEXTS_PER_SIDE]
    ]
    used = backbone()
    encoder = Encoder.load(used)
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stderr(io.StringIO()):
        export(encoder.model, encoder.tokenizer, used, Path(scratch) / "model")
        peer = SentenceTransformer(str(Path(scratch) / "model"), device="cpu")
    found: dict[str, Any] = {}

    def ours() -> None:
        found["ours"] = np.concatenate(
            [
                encode(encoder, questions, "query", "fp32", BATCH_TOKENS),
                encode(encoder, answers, "passage", "fp32", BATCH_TOKENS),
            ]
        )

    def theirs() -> None:
        peer.max_seq_length = used.max_query_tokens
        first = peer.encode_query(questions, show_progress_bar=False)
        peer.max_seq_length = used.max_passage_tokens
        found["theirs"] = np.concatenate([first, peer.encode_document(answers, show_progress_bar=False)])

    def bf16() -> None:
        found["bf16"] = np.concatenate(
            [
                encode(encoder, questions, "query", "bf16", BATCH_TOKENS),
                encode(encoder, answers, "passage", "bf16", BATCH_TOKENS),
            ]
        )

    left, right = torch.randn(2048, 2048), torch.randn(2048, 2048)

    def product() -> None:
        for _ in range(10):
            left @ right

    native = bool(flags() & {"avx512_bf16", "amx_bf16"})
    sides = [ours, theirs, product, *([bf16] if native else [])]
    for side in sides:
        side()
    cosine = (found["ours"] * found["theirs"]).sum(axis=1)
    assert cosine.min() > COSINE_GOAL, cosine.min()
    own, peers, products, *half = alternate(REPEATS, *sides)
    # Distinct texts are encoded once by langmix only; the arithmetic is counted for what it encodes.
    tokens = [
        len(row)
        for texts, side in ((questions, "query"), (answers, "passage"))
        for row in encoder.tokenize(list(dict.fromkeys(texts)), side)  # type: ignore[arg-type]
    ]
    rate = statistics.median(_flops(encoder, tokens) / time for time in own)
    bare = 10 * 2 * 2048**3 / statistics.median(products)
    tokenizing = seconds(lambda: (encoder.tokenize(questions, "query"), encoder.tokenize(answers, "passage")))
    ratio = median_ratio(peers, own)
    details: dict[str, Any] = {}
    if native:
        details["bf16"] = {
            "s": round(statistics.median(half[0]), 2),
            "ratio": round(median_ratio(peers, half[0]), 2),
            "least_cosine_to_fp32": round(float((found["ours"] * found["bf16"]).sum(axis=1).min()), 5),
        }
    report(
        "encoding",
        ratio,
        f">= {GOAL:g} x Sentence-Transformers in fp32, cosine > {COSINE_GOAL}, {RATE_GOAL:.0%} of the product's rate",
        ratio >= GOAL and rate / bare >= RATE_GOAL,
        texts=2 * TEXTS_PER_SIDE,
        tokens=sum(tokens),
        langmix_s=round(statistics.median(own), 2),
        of_it_tokenizing_s=round(tokenizing, 2),
        sentence_transformers_s=round(statistics.median(peers), 2),
        least_cosine=round(float(cosine.min()), 7),
        gflops=round(rate / 1e9, 1),
        product_gflops=round(bare / 1e9, 1),
        share_of_product_rate=round(rate / bare, 3),
        **details,
    )


def _flops(encoder: Encoder, lengths: list[int]) -> float:
    """Multiplications and additions of the transformer's matrix products for texts of so many tokens."""
    config = encoder.model.config
    width, inner = config.hidden_size, config.intermediate_size
    dense = 2 * sum(lengths) * (4 * width * width + 2 * width * inner)
    attention = 4 * width * sum(length * length for length in lengths)
    return float(config.num_hidden_layers * (dense + attention))


if __name__ == "__main__":
    main()
