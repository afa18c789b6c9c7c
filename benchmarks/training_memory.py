"""Peak memory of training me5_small (250,037 word embeddings) with and without a trimmed vocabulary.

Each side is a child process that loads the model, takes two steps at batch 32, validates once and ends; its peak
resident memory is compared, once as the presets train and once with cached gradients in chunks of 512 tokens, which
leaves little of what is the same on both sides. The libraries and the tokenizer take .7 GiB of every figure.
"""

import json
import sys

from measure import backbone, in_child, peak_rss_gib, report
from training import settings, split, with_sampler

GOAL = 0.5
STEPS = 2
LEAN = {"cache_gradients": True, "chunk_tokens": 512}


def train(trim: bool, lean: bool) -> None:
    """Take a few steps and print the peak memory before and after."""
    from langmix.encoder.encoder import Encoder
    from langmix.training.fit import fit

    encoder = Encoder.load(backbone())
    changes = {"max_steps": STEPS, "validate_every": STEPS, "validation_batches": 1, "trim_vocabulary": trim}
    chosen = settings(**changes | (LEAN if lean else {}))
    data = with_sampler("train", chosen.batch_size), with_sampler("validation", chosen.batch_size)
    loaded = peak_rss_gib()
    losses: list[float] = []
    fit(encoder, *data, chosen, 0, lambda _, figures: losses.append(figures.get("train/loss", 0.0)))
    print(json.dumps({"loaded_gib": round(loaded, 3), "peak_gib": round(peak_rss_gib(), 3), "losses": losses}))


def main() -> None:
    """Measure and print one line of JSON."""
    split("train")  # prepared once, so that reading the files counts on neither side
    backbone()
    ways = {}
    for way in ("preset", "cached_gradients"):
        whole, trimmed = (in_child(__file__, side, way) for side in ("whole", "trimmed"))
        for ours, theirs in zip(trimmed["losses"], whole["losses"], strict=True):
            assert abs(ours - theirs) < 1e-3, "trimming must not change training"
        ratio = trimmed["peak_gib"] / whole["peak_gib"]
        ways[way] = {"ratio": round(ratio, 3), "trimmed": trimmed, "untrimmed": whole}
    ratio = ways["preset"]["ratio"]
    report("training_memory", ratio, f"trimmed <= {GOAL:g} x untrimmed", ratio <= GOAL, **ways)


if __name__ == "__main__":
    if sys.argv[1:]:
        train(sys.argv[1] == "trimmed", sys.argv[2] == "cached_gradients")
    else:
        main()
