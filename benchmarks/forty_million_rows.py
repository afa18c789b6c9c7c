"""Start of training, memory and cost of a batch plan on the largest corpus of arXiv 2408.10536.

mMARCO's 39,780,811 triples in seven languages are simulated in the published format (ids as many and as repeated as
the published ones, short texts), read by the loader, and then opened as a training run opens them: alone, and mixed
with a corpus in nine languages and one in English only, of the sizes of the paper's others. Each start is measured in
a process of its own. Needs 5 GB of disk for some minutes; ``TMPDIR`` says where.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from langmix.corpus import ParallelCorpus, TableCorpus
from langmix.corpus.combined import mix
from langmix.corpus.mmarco import mmarco
from langmix.corpus.table import schema
from langmix.sampling import hybrid
from langmix.store import Store
from measure import report

TRIPLES, QUERIES, PASSAGES = 39_780_811, 400_782, 415_000
LANGUAGES = {"en": "english", "ar": "arabic", "zh": "chinese", "de": "german", "es": "spanish", "ru": "russian"}
LANGUAGES |= {"hi": "hindi"}
TRANSLATED, TRANSLATED_PAIRS = (*LANGUAGES, "th", "tr"), 520_330
ENGLISH_PAIRS = 3_571_206
BATCH, STEPS = 100, 2000
START_S, RSS_GIB, PLAN_MS = 10.0, 2.0, 1.0


def publish(folder: Path) -> None:
    """Write the files that are published, and the other two corpora as the store keeps them."""
    rng = np.random.default_rng(0)
    with pa.csv.CSVWriter(
        folder / "triples.tsv",
        pa.schema([(name, pa.int32()) for name in ("q", "p", "n")]),
        write_options=pa.csv.WriteOptions(include_header=False, delimiter="\t"),
    ) as file:
        for start in range(0, TRIPLES, 1 << 22):
            query = rng.integers(0, QUERIES, min(1 << 22, TRIPLES - start), dtype=np.int32)
            passage = query + rng.integers(0, 2, len(query), dtype=np.int32) * (query % 28 == 0)
            irrelevant = rng.integers(PASSAGES, 8_841_823, len(query), dtype=np.int32)
            file.write(pa.table([query, passage, irrelevant], ["q", "p", "n"]))
    for code, name in LANGUAGES.items():
        for part, count in (("queries", QUERIES), ("collection", PASSAGES)):
            (folder / f"{name}_{part}.tsv").write_text("".join(f"{n}\t{part} {n} {code}\n" for n in range(count)))
    _table(folder / "translated.arrow", TRANSLATED, TRANSLATED_PAIRS)
    _table(folder / "english.arrow", ("en",), ENGLISH_PAIRS)


def _table(path: Path, languages: tuple[str, ...], pairs: int) -> None:
    names = schema(languages)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, names) as file:
        for start in range(0, pairs, 4096):
            texts = pa.array([str(n) for n in range(start, min(start + 4096, pairs))])
            file.write_batch(pa.RecordBatch.from_arrays([texts] * len(names), schema=names))


def load(folder: Path, split: str = "train") -> TableCorpus:
    """The simulated mMARCO."""
    files = (folder / "triples.tsv", f"{folder}/{{name}}_queries.tsv", f"{folder}/{{name}}_collection.tsv")
    return mmarco("mmarco", *files, list(LANGUAGES), Store(folder / "store"), 0.001, split)


def mixed(folder: Path, batches: str) -> ParallelCorpus:
    """The simulated mMARCO with the other two."""
    parts = {
        "mmarco": lambda split: load(folder, split),
        "translated": lambda **_: TableCorpus.open(folder / "translated.arrow", "translated", "t"),
        "english": lambda **_: TableCorpus.open(folder / "english.arrow", "english", "e"),
    }
    return mix("paper_mix", parts, None, {"batches": batches}, store=Store(folder / "store"))


def measure(folder: Path, what: str) -> None:
    """Start as a training run does and print what it took."""
    begin = time.perf_counter()
    corpus = load(folder) if what == "mmarco" else mixed(folder, what)
    sampler = hybrid(corpus, BATCH, seed=0)
    plan = sampler.plan(0)
    texts = corpus.texts("query", plan.rows, plan.query_languages)
    texts += corpus.texts("passage", plan.rows, plan.passage_languages)
    assert len(corpus.groups[plan.rows]) == BATCH
    assert len(texts) == 2 * BATCH
    start = time.perf_counter() - begin
    status = Path("/proc/self/status").read_text()
    memory = {line.split(":")[0]: int(line.split()[1]) / 2**20 for line in status.splitlines() if line.endswith("kB")}
    sampler.plan(4096)  # draws the kinds of a chunk of steps
    times = []
    for step in range(4096, 4096 + STEPS):
        begin = time.perf_counter()
        sampler.plan(step)
        times.append((time.perf_counter() - begin) * 1000)
    print(
        json.dumps(
            {
                "pairs": len(corpus),
                "start_s": round(start, 2),
                "vm_hwm_gib": round(memory["VmHWM"], 2),
                "rss_anon_gib": round(memory["RssAnon"], 2),
                "plan_ms": round(statistics.median(times), 3),
                "plan_ms_p99": round(float(np.quantile(times, 0.99)), 3),
            }
        )
    )


def in_a_child(folder: Path, what: str) -> dict[str, float]:
    """What `measure` prints in a process of its own."""
    command = [sys.executable, __file__, str(folder), what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  # this file
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Measure, print what was measured and one line of JSON."""
    with tempfile.TemporaryDirectory(prefix="forty-million-") as name:
        folder = Path(name)
        publish(folder)
        begin = time.perf_counter()
        in_a_child(folder, "mmarco")
        prepared = round(time.perf_counter() - begin, 1)
        print("read once and stored:", prepared, "s")
        print("disk:", round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9, 2), "GB")
        results = {}
        for what in ("mmarco", "one_corpus", "mixed"):
            results[what] = in_a_child(folder, what)
            print(what, results[what])
    worst = {
        "start": max(result["start_s"] for result in results.values()) / START_S,
        "memory": max(result["vm_hwm_gib"] for result in results.values()) / RSS_GIB,
        "plan": max(result["plan_ms"] for result in results.values()) / PLAN_MS,
    }
    report(
        "forty_million_rows",
        max(worst.values()),
        f"start < {START_S:g} s, memory < {RSS_GIB:g} GiB, plan < {PLAN_MS:g} ms",
        max(worst.values()) <= 1,
        shares_of_limit={key: round(value, 3) for key, value in worst.items()},
        prepare_s=prepared,
        starts=results,
    )


if __name__ == "__main__":
    measure(Path(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 1 else main()
