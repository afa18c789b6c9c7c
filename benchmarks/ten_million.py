"""The 100 best of 10 million candidates for 1,000 queries, exactly, from embeddings on disk.

The floor reads the same file in blocks and multiplies them, on all cores, and throws the scores away. Beside it
FAISS's exhaustive search of each block, its lists merged. The other side also counts, at full depth, the ranks of ten
relevant candidates of each query, whose cosine is up to .5, where that of others is 0 on average with a standard
deviation of .05. Where the file is larger than memory, every pass reads it from disk.

15.4 GB are written to the folder that is named (else to a temporary one) and removed at the end.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from measure import in_child, median_ratio, report, seconds

CANDIDATES = 10_000_000
QUERIES = 1_000
RELEVANT = 10
DIM = 384
DEPTH = 100
BLOCK = 32_768  # candidates that are read at a time by the other sides
REPEATS = 2
GOAL = 1.3
MEMORY_GOAL = 2.0
SPARE = 2**30  # bytes that have to stay free on the disk

Floats = npt.NDArray[np.float32]


class Numbers(Sequence[str]):
    """Ids that take no memory: what is measured is the search, not ten million words."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return str(row)


def collection(candidates: int) -> Collection:
    """Queries with ten relevant candidates each, anywhere."""
    rng = np.random.default_rng(0)
    answers = np.sort(rng.choice(candidates, (QUERIES, RELEVANT), replace=False), axis=1)
    names = [str(query) for query in range(QUERIES)]
    return Collection(
        name="ten_million",
        languages=("en",),
        query_ids=names,
        query_questions=names,
        query_languages=np.zeros(QUERIES, np.int64),
        query_texts=names,
        candidate_ids=Numbers(candidates),  # type: ignore[arg-type]
        candidate_languages=np.zeros(candidates, np.int64),
        candidate_texts=Numbers(candidates),  # type: ignore[arg-type]
        relevant=np.stack([np.arange(QUERIES).repeat(RELEVANT), answers.ravel()], axis=1),
        fingerprint="",
    )


def write(path: Path, candidates: int) -> None:
    """Random vectors of unit length."""
    rng = np.random.default_rng(1)
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(candidates, DIM))
    for start in range(0, candidates, BLOCK):
        part = rng.standard_normal((min(BLOCK, candidates - start), DIM), dtype=np.float32)
        file[start : start + len(part)] = part / np.linalg.norm(part, axis=1, keepdims=True)
    rng, asked = np.random.default_rng(3), queries()
    for query, row in collection(candidates).relevant:
        cosine = rng.uniform(0, 0.5)
        file[row] = cosine * asked[query] + np.sqrt(1 - cosine**2) * file[row]
    file.flush()


def queries() -> Floats:
    """Random vectors of unit length."""
    found = np.random.default_rng(2).standard_normal((QUERIES, DIM), dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def bare_product(path: Path) -> Floats:
    """Every block is read and multiplied, and nothing else."""
    file, asked, out = np.load(path, mmap_mode="r"), queries(), np.empty((QUERIES, BLOCK), np.float32)
    for start in range(0, len(file), BLOCK):
        tile = np.asarray(file[start : start + BLOCK])
        np.matmul(asked, tile.T, out=out[:, : len(tile)]) if len(tile) == BLOCK else asked @ tile.T
    return out


def by_faiss(path: Path) -> npt.NDArray[np.int64]:
    """The best of every block by FAISS, merged."""
    file, asked = np.load(path, mmap_mode="r"), queries()
    best, scores = np.empty((QUERIES, 0), np.int64), np.empty((QUERIES, 0), np.float32)
    for start in range(0, len(file), BLOCK):
        tile = np.asarray(file[start : start + BLOCK])
        found = faiss.knn(asked, tile, DEPTH, metric=faiss.METRIC_INNER_PRODUCT)
        scores, best = np.hstack([scores, found[0]]), np.hstack([best, found[1] + start])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
        scores, best = np.take_along_axis(scores, order, 1), np.take_along_axis(best, order, 1)
    return best


def ours(path: Path) -> npt.NDArray[np.int64]:
    """Ranks at full depth, and the best."""
    file = np.load(path, mmap_mode="r")
    return search(collection(len(file)), Scoring(queries(), file), DEPTH)[1].candidates


def anonymous_gib() -> float:
    """Memory of this process that no file stands behind, now."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("RssAnon:")[2].split()[0]) / 2**20


def measured(side: str, path: Path) -> None:
    """Print seconds, memory and what was found, of one side in a process of its own."""
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            peak[0] = max(peak[0], anonymous_gib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    if side == "ours":
        search(collection(BLOCK), Scoring(queries(), np.zeros((BLOCK, DIM), np.float32)), DEPTH)  # compiles
    start = time.monotonic()
    found = {"bare": bare_product, "faiss": by_faiss, "ours": ours}[side](path)
    taken = time.monotonic() - start
    stop.set()
    watcher.join()
    checked = "" if side == "bare" else found[::50, :10].tolist()
    print(json.dumps({"seconds": taken, "anonymous_gib": round(peak[0], 3), "found": checked}))


def main(folder: Path, candidates: int) -> None:
    """Write the vectors, run all sides in turn, print a table and one line of JSON."""
    size, free = 4 * DIM * candidates, shutil.disk_usage(folder).free
    if size + SPARE > free:
        raise SystemExit(f"{folder}: {size / 2**30:.1f} GiB are written, and {free / 2**30:.1f} are free")
    path = folder / "ten_million.npy"
    try:
        print(f"written in {seconds(lambda: write(path, candidates)):.0f} s", flush=True)
        runs: dict[str, list[dict]] = {side: [] for side in ("bare", "ours", "faiss")}
        for _ in range(REPEATS):
            for side, made in runs.items():
                made.append(in_child(__file__, side, str(path)))
                print(side, {key: made[-1][key] for key in ("seconds", "anonymous_gib")}, flush=True)
    finally:
        path.unlink(missing_ok=True)
    assert runs["ours"][0]["found"] == runs["faiss"][0]["found"]
    taken = {side: [each["seconds"] for each in made] for side, made in runs.items()}
    memory = max(each["anonymous_gib"] for each in runs["ours"])
    ratio = median_ratio(taken["ours"], taken["bare"])
    report(
        "ten_million",
        ratio,
        f"<= {GOAL} x the bare product and read, anonymous memory < {MEMORY_GOAL:g} GiB",
        ok=ratio <= GOAL and memory < MEMORY_GOAL,
        candidates=candidates,
        queries=QUERIES,
        gib=round(size / 2**30, 1),
        seconds={side: round(statistics.median(each), 1) for side, each in taken.items()},
        ratio_to_faiss=round(median_ratio(taken["ours"], taken["faiss"]), 3),
        anonymous_gib=memory,
    )


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in {"bare", "faiss", "ours"}:
        measured(sys.argv[1], Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
            main(Path(scratch), int(os.environ.get("CANDIDATES", CANDIDATES)))
