"""What the command says of negatives and of the validation split."""

import json

import pytest

from .conftest import TINY


@pytest.fixture
def corpus(tmp_path):
    """Overrides of a corpus of English pairs ``(query, passage, group)``."""

    def write(pairs, *overrides):
        path = tmp_path / "en.jsonl"
        rows = [{"id": str(n), "query": q, "passage": p, "g": g} for n, (q, p, g) in enumerate(pairs)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return [
            *(x for x in TINY if not x.startswith("corpus")),
            *("corpus=jsonl", f"corpus.files={{en: {path}}}", "corpus.columns.group=g", "sampler=x_x_mono"),
            *("training.batch_size=4", "corpus.validation_fraction=0", *overrides),
        ]

    return write


ELSEWHERE = ["corpus@validation=atlas", "validation.languages=[en]"]


@pytest.mark.parametrize("pair", [lambda n: (f"q{n}", "The very same.", n), lambda n: ("....", f"p{n}", n)])
def test_a_corpus_of_equal_texts_is_refused(langmix, corpus, pair):
    done = langmix("plan", *corpus([(*pair(n)[:2], f"g{n}") for n in range(4)]))
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]  # of dots it is said before that they are no words
    assert line.startswith(
        "langmix: corpus 'jsonl': none of 16 queries in 4 batches of sampler=x_x_mono has a negative"
    )


def test_one_big_group_is_warned_of_and_refused(langmix, corpus):
    pairs = [(f"q{n}", f"p{n}", "big" if n > 2 else f"g{n}") for n in range(40)]
    done = langmix("plan", *corpus(pairs, *ELSEWHERE, "training.max_steps=40"))
    assert done.returncode == 0, done.stderr
    assert "of 3.0 on average (least 0); of 160 pairs, 0 share" in done.stdout
    assert "warning: corpus 'jsonl' leaves few negatives" in done.stdout
    assert "validation on atlas: " in done.stdout


def test_training_is_refused_before_anything_is_tracked(refused, corpus, tmp_path):
    assert "has a negative, so nothing would be learned" in refused(
        *corpus([(f"q{n}", "The very same.", f"g{n}") for n in range(9)], *ELSEWHERE, "dataset.languages=[en]")
    )
    assert not list((tmp_path / "store").glob("mlartifacts/*"))
    assert not list((tmp_path / "store" / "models").iterdir())


def test_training_says_it_too(langmix, corpus):
    pairs = [(f"q{n}", f"p{n // 2}", f"g{n}") for n in range(40)]
    done = langmix(*corpus(pairs, *ELSEWHERE, "dataset.languages=[en]"))
    assert done.returncode == 0, done.stderr
    assert "negatives per query in 4 of 4 batches of x_x_mono: " in done.stderr
    assert "negatives per query in 1 of 1 batches of validation: " in done.stderr


def test_the_validation_split_is_told_and_refused_alike(langmix, refused, corpus):
    pairs = [(f"q{n}", f"p{n}", "big2" if n > 39 else f"g{n}") for n in range(140)]
    overrides = corpus(pairs, "corpus.validation_fraction=0.1", "training.max_steps=40")
    done = langmix("plan", *overrides)
    assert "validation on jsonl: 14 of 140 pairs (10.0%) in 14 of 41 groups (validation_fraction=0.1)" in done.stdout
    overrides.append("training.batch_size=20")
    line = refused("plan", *overrides)
    assert line == refused(*overrides)
    assert line.startswith("validation split: batch_size=20 is more than")
    assert "use at most 14; or raise validation_fraction: of corpus 'jsonl', 14 of 140 pairs" in line
    few = refused("plan", *corpus(pairs[:33], "corpus.validation_fraction=0.03", "training.batch_size=8"))
    assert "use at most 1" not in few
    assert "validation_fraction" in few


def test_nothing_held_out_can_be_planned(langmix, corpus):
    done = langmix("plan", *corpus([(f"q{n}", f"p{n}", f"g{n}") for n in range(20)]))
    assert "negatives per query in 4 of 4 batches of x_x_mono: 3.0 of 3.0 on average (least 3)" in done.stdout
    assert "validation_fraction=0 holds nothing out; training needs corpus@validation=NAME then" in done.stdout
