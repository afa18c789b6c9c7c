"""Encoding XQuAD-R's texts, against Sentence-Transformers' `encode`, ONNX Runtime and OpenVINO, with the same model.

A random sample of the 13,090 questions and 13,014 candidates, the same for all sides; the model is exported by langmix
to a folder that Sentence-Transformers loads, and from there to ONNX, which the runtimes read. They get batches of 32
texts sorted by length, as Sentence-Transformers makes them, tokenised beforehand, which langmix and
Sentence-Transformers do within their time. Also: which share of the rate of one matrix product on the same cores
encoding reaches, counting the arithmetic of tokens only, not that of padding; and what bf16 does to mAP on English and
Arabic.
"""

import contextlib
import io
import logging
import statistics
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.encoder.product import has_onednn, products
from langmix.encoder.speed import Speed
from langmix.evaluation.evaluate import evaluate
from langmix.scoring.encode import encode
from langmix.scoring.texts import LoadedEncoder
from measure import alternate, backbone, flags, lareqa_benchmark, median_ratio, report, store

TEXTS_PER_SIDE = 750
REPEATS = 3
BATCH_TOKENS = 2048  # conf/config.yaml
GOALS = {"fp32": 3.0, "bf16": 5.0}
RATE_GOAL = 0.65
COSINE_GOAL = 0.99999
MAP_GOAL = 0.001

Embeddings = npt.NDArray[np.float32]


def main() -> None:
    """Measure and print one line of JSON."""
    collection = lareqa_benchmark("xquad_r")
    rng = np.random.default_rng(0)
    sides = {
        "query": [collection.query_texts[row] for row in rng.permutation(len(collection.query_texts))],
        "passage": [collection.candidate_texts[row] for row in rng.permutation(len(collection.candidate_texts))],
    }
    texts = {side: of_side[:TEXTS_PER_SIDE] for side, of_side in sides.items()}
    encoder = Encoder.load(backbone())
    here = Speed.here(store())
    precisions = ["fp32", *(["bf16"] if flags() & {"avx512_bf16", "amx_bf16"} else [])]
    found: dict[str, Embeddings] = {}

    def ours(precision: Any) -> Callable[[], None]:
        def run() -> None:
            encoder.product = here.product("encoding", precision)
            parts = [encode(encoder, of, side, precision, BATCH_TOKENS) for side, of in texts.items()]  # type: ignore[arg-type]
            found[f"langmix {precision}"] = np.concatenate(parts)

        return run

    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stderr(io.StringIO()):
        export(encoder.model, encoder.tokenizer, encoder.backbone, Path(scratch) / "model")
        runs = {f"langmix {precision}": ours(precision) for precision in precisions}
        runs |= _peers(Path(scratch), encoder, texts, precisions, found)
        runs |= {f"product {precision}": _product(precision) for precision in precisions}
        for run in runs.values():
            run()
        times = dict(zip(runs, alternate(REPEATS, *runs.values()), strict=True))
    exact = found["sentence_transformers fp32"]
    cosines = {name: float((vectors * exact).sum(axis=1).min()) for name, vectors in found.items()}
    lengths = [len(row) for side, of in texts.items() for row in encoder.tokenize(list(dict.fromkeys(of)), side)]  # type: ignore[arg-type]
    rates = {
        precision: median_ratio(times[f"product {precision}"], times[f"langmix {precision}"])
        * _flops(encoder, lengths)
        / PRODUCT_FLOPS
        for precision in precisions
    }
    ratios = {name: median_ratio(times["sentence_transformers fp32"], each) for name, each in times.items()}
    loss = {precision: _map(encoder, here, precision) for precision in precisions}
    change = loss["bf16"] - loss["fp32"] if "bf16" in loss else 0.0
    report(
        "encoding",
        ratios["langmix fp32"],
        f">= {GOALS['fp32']:g} x Sentence-Transformers in fp32 with cosine > {COSINE_GOAL}, in bf16 >= "
        f"{GOALS['bf16']:g} x with |ΔmAP| <= {MAP_GOAL}; not slower than OpenVINO; {RATE_GOAL:.0%} of the product's "
        "rate",
        cosines["langmix fp32"] > COSINE_GOAL
        and abs(change) <= MAP_GOAL
        and all(ratios[f"langmix {each}"] >= max(GOALS[each], ratios[f"openvino {each}"]) for each in precisions)
        and min(rates.values()) >= RATE_GOAL,
        texts=2 * TEXTS_PER_SIDE,
        tokens=sum(lengths),
        threads=torch.get_num_threads(),
        products={each: here.product("encoding", each) for each in precisions},  # type: ignore[arg-type]
        texts_per_s={n: round(2 * TEXTS_PER_SIDE / statistics.median(t), 1) for n, t in times.items() if n in found},
        ratios={name: round(ratio, 2) for name, ratio in ratios.items() if name in found},
        least_cosine={name: round(cosine, 6) for name, cosine in cosines.items()},
        share_of_product_rate={name: round(rate, 3) for name, rate in rates.items()},
        bf16_change_of_map=round(change, 5),
    )


PRODUCT_FLOPS = 20 * 2 * 2048 * 384 * 1536


def _product(precision: str) -> Callable[[], None]:
    """The fastest product there is of the size that an encoder has, its weight packed where that can be."""
    kind = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    rows, weight, bias = (torch.randn(size, dtype=kind) for size in ((2048, 384), (1536, 384), (1536,)))
    by = products("onednn" if has_onednn() else "torch", torch.device("cpu"))

    def run() -> None:
        with torch.inference_mode():
            ready = by.ready(weight)
            for _ in range(20):
                by.linear(rows, ready, bias)

    return run


def _peers(
    scratch: Path, encoder: Encoder, texts: dict[str, list[str]], precisions: list[str], found: dict[str, Embeddings]
) -> dict[str, Callable[[], None]]:
    """Sentence-Transformers, its model in bf16, ONNX Runtime in fp32, and OpenVINO, each filling in what it found."""
    import onnxruntime
    import openvino
    from sentence_transformers import SentenceTransformer

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    folder = str(scratch / "model")
    types = {"fp32": torch.float32, "bf16": torch.bfloat16}
    runs: dict[str, Callable[[], None]] = {}
    for precision in precisions:
        model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": types[precision]})

        def theirs(model: Any = model, precision: str = precision) -> None:
            model.max_seq_length = encoder.backbone.max_query_tokens
            parts = [model.encode_query(texts["query"], show_progress_bar=False)]
            model.max_seq_length = encoder.backbone.max_passage_tokens
            parts.append(model.encode_document(texts["passage"], show_progress_bar=False))
            found[f"sentence_transformers {precision}"] = np.concatenate(parts).astype(np.float32)

        runs[f"sentence_transformers {precision}"] = theirs

    graph = scratch / "model.onnx"
    _to_onnx(Path(folder), graph)
    batches, places = _batches(encoder, texts)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def pooled(name: str, infer: Callable[[dict[str, Any]], Any]) -> Callable[[], None]:
        def run() -> None:
            vectors = []
            for batch in batches:
                hidden, mask = infer(batch), batch["attention_mask"][..., None]
                mean = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
                vectors.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
            found[name] = np.concatenate(vectors).astype(np.float32)[places]

        return run

    runs["onnxruntime fp32"] = pooled("onnxruntime fp32", lambda batch: session.run(None, batch)[0])
    for precision in precisions:
        hints = {
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        }
        compiled = openvino.Core().compile_model(str(graph), "CPU", hints)
        request = compiled.create_infer_request()
        runs[f"openvino {precision}"] = pooled(
            f"openvino {precision}", lambda batch, request=request: request.infer(batch)[0]
        )
    return runs


def _to_onnx(folder: Path, graph: Path) -> None:
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa").eval()

    class Hidden(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # type: ignore[no-any-return]

    example = {"input_ids": torch.full((2, 9), 5), "attention_mask": torch.ones(2, 9, dtype=torch.int64)}
    sizes = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Hidden(),
            kwargs=example,
            f=str(graph),
            dynamo=True,
            dynamic_shapes={name: dict(sizes) for name in example},
            external_data=True,
        )


def _batches(encoder: Encoder, texts: dict[str, list[str]]) -> tuple[list[dict[str, Any]], npt.NDArray[np.int64]]:
    """All texts as padded batches of 32, longest first, and where each text is among them."""
    ids = [row for side, of in texts.items() for row in encoder.tokenize(of, side)]  # type: ignore[arg-type]
    order = np.array(sorted(range(len(ids)), key=lambda row: -len(ids[row])))
    pad, batches = int(encoder.tokenizer.pad_token_id), []
    for start in range(0, len(order), 32):
        rows = [ids[row] for row in order[start : start + 32]]
        width = len(rows[0])
        batches.append(
            {
                "input_ids": np.array([row + [pad] * (width - len(row)) for row in rows]),
                "attention_mask": np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows]),
            }
        )
    return batches, np.argsort(order)


def _map(encoder: Encoder, here: Speed, precision: Any) -> float:
    """Pooled mAP on English and Arabic."""
    encoder.product = here.product("encoding", precision)
    collection = lareqa_benchmark("xquad_r", languages=["ar", "en"])
    found = evaluate(LoadedEncoder(encoder, precision, BATCH_TOKENS), collection)
    return float(found.figures["xquad_r/multilingual/map"])


def _flops(encoder: Encoder, lengths: list[int]) -> float:
    """Multiplications and additions of the transformer's matrix products for texts of so many tokens."""
    config = encoder.model.config
    width, inner = config.hidden_size, config.intermediate_size
    dense = 2 * sum(lengths) * (4 * width * width + 2 * width * inner)
    attention = 4 * width * sum(length * length for length in lengths)
    return float(config.num_hidden_layers * (dense + attention))


if __name__ == "__main__":
    main()
