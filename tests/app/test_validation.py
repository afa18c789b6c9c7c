"""Validation on another corpus and on a held-out collection, through the command line."""

import json

from .conftest import TINY


def test_squad_files_and_a_held_out_collection(langmix, tmp_path):
    paragraphs = [
        {
            "context": f"Paragraph {number} says {number}.",
            "qas": [{"id": f"q{number}", "question": f"What says {number}?", "answers": [{"text": str(number)}]}],
        }
        for number in range(20)
    ]
    file = tmp_path / "shifted.json"
    file.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    done = langmix(
        *TINY,
        "corpus@validation=squadshifts",
        f"validation.files={{en: [{file}]}}",
        "dataset@held_out=atlas",
        "held_out.languages=[en]",
        "dataset.languages=[el]",
        "training.monitor=map",
        "sampler.alpha_schedule=linear",
        "sampler.alpha_end=0",
    )
    assert done.returncode == 0, done.stderr
    assert "x_y 0.5 to 1" in done.stderr
    (trained,) = (tmp_path / "store" / "models").glob("*/training.json")
    written = json.loads(trained.read_text())
    assert 0 < written["best_validation_map"] < 1
    assert written["held_out"]["collection"]
    assert "hybrid-linear" in done.stdout


def test_what_does_not_go_together_is_refused(refused):
    assert refused(*TINY, "training.monitor=map").startswith("training.monitor=map: needs a collection")
    assert refused(*TINY, "corpus@validation=squadshifts").startswith(
        "corpus 'squadshifts': files={} names no language"
    )
    for held_out, name in (
        (["dataset@held_out=xquad_r"], "xquad_r"),
        (["dataset@held_out=squadshifts", "held_out.domain=reddit"], "squadshifts_reddit"),
        (["dataset@held_out=xnli_entailment"], "xnli_entailment_v1_test"),
    ):
        line = refused(*TINY, "training.monitor=map", *held_out)
        assert line.startswith(f"dataset@held_out={name}: training.monitor=map would choose weights by it")
    line = refused(*TINY, "sampler=hybrid", "sampler.alpha_end=0.2")
    assert line.startswith("sampler.alpha_schedule=constant with sampler.alpha_end=0.2")
