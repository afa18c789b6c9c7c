"""Apertium through langmix against its own command over the same text, and how fast translations are judged.

English questions and answer sentences of SQuAD to Spanish. The command reads one stream, texts apart by empty lines;
langmix has one worker, so that both have the pipeline's own processes, which keep two processors busy; and then as many
as it has by itself.
"""

import gzip
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from langmix.translation.apertium import Apertium
from langmix.translation.gates import Outcome, Row, gates
from langmix.translation.run import chunks
from measure import alternate, data, median_ratio, report

REPEATS = 5
GOAL, ROWS = 0.8, 1000
LIMITS = {"language": 0.5, "script": 0.5, "length": 1.5, "copy": 0.8, "repetition": 2, "unknown": 0.4, "verbatim": 0.5}
USUAL = {"query": 1.1, "passage": 1.1}


def main() -> None:
    """Measure and print one line of JSON."""
    with gzip.open(data("squad_parallel") / "en.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file][:6000]
    both = (text for row in rows for text in (row["question"], row["answer_sentence"]))
    texts = list(dict.fromkeys(" ".join(text.split()) for text in both))
    translator = Apertium()
    parts = list(chunks(sorted(texts, key=len), translator.characters))

    def command() -> None:
        text = "\n\n".join(texts)
        subprocess.run(["apertium", "eng-spa"], input=text, capture_output=True, text=True, check=True)  # noqa: S607

    def langmix(workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda some: translator.translate(some, "en", "es"), parts))

    workers = translator.workers
    own, one, many = alternate(REPEATS, command, lambda: langmix(1), lambda: langmix(workers))
    speed = median_ratio(own, one)
    judged = [
        Row(("query", "passage"), (row["question"], row["answer_sentence"]), tuple(each.text or "" for each in made), 2)
        for row, *made in zip(
            rows[:3000],
            translator.translate([row["question"] for row in rows[:3000]], "en", "es"),
            translator.translate([row["answer_sentence"] for row in rows[:3000]], "en", "es"),
            strict=True,
        )
    ]
    outcome = Outcome(gates(LIMITS, "es", ["en", "es", "pt", "fr", "it", "ca", "fi", "ur", "hi", "de"], USUAL))
    outcome.judge(judged[:100])  # reads the models of languages
    outcome.seconds.clear()
    start = time.perf_counter()
    outcome.judge(judged)
    took = time.perf_counter() - start
    rate = len(judged) / took
    report(
        "translating",
        speed,
        f">= {GOAL} of the command's speed with one worker; gates >= {ROWS} rows/s",
        speed >= GOAL and rate >= ROWS,
        workers=workers,
        ratio_of_all_workers=round(median_ratio(own, many), 2),
        characters_per_second=round(sum(map(len, texts)) / sorted(one)[REPEATS // 2]),
        rows_per_second=round(rate),
        share_of_gate={name: round(seconds / took, 3) for name, seconds in outcome.seconds.items()},
    )


if __name__ == "__main__":
    main()
