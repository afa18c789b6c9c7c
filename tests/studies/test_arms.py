import json

from langmix.cell_key import CellKey
from langmix.fingerprint import fingerprint
from langmix.studies.arms import arms
from langmix.tracking.cell import ARM, ARM_FINGERPRINT, Cell


def cell(sampler, seed=0, dataset="xquad_r", baseline="none", alpha=None, **recipe):
    recipe = {key.replace("__", "."): value for key, value in recipe.items()}
    key = CellKey("tiny", sampler, dataset, seed, alpha, baseline)
    made = {"sampler": sampler, "baseline": baseline, **recipe}
    tags = {ARM: json.dumps(made), ARM_FINGERPRINT: fingerprint(made)}
    return Cell(f"{len(made)}{sampler}{seed}{dataset}", key, "FINISHED", {}, {}, tags)


def labels(*cells):
    return [arm.label for arm in arms(cells)]


def test_cells_that_differ_in_their_seed_and_their_data_set_are_one_arm():
    seeds = [cell("x_y", seed, dataset, trainer="2") for dataset in ("xquad_r", "mlqa_r") for seed in (1, 0)]
    (arm,) = arms(seeds)
    assert arm.name == "tiny·x_y"
    assert [(each.key.dataset, each.key.seed) for each in arm.cells] == [
        ("mlqa_r", 0), ("mlqa_r", 1), ("xquad_r", 0), ("xquad_r", 1),
    ]  # fmt: skip


def test_a_label_holds_the_keys_in_which_the_arms_shown_differ():
    low, high = (cell("x_y", training__learning_rate=rate, training__max_steps="9") for rate in ("1e-05", "0.01"))
    assert labels(low, high) == ["x_y lr=1e-5", "x_y lr=0.01"]
    assert labels(low) == ["x_y"]
    # An untrained arm has no learning rate, and nobody would ask for it.
    assert labels(cell("none"), low) == ["untrained", "x_y"]
    assert labels(cell("none"), low, high) == ["untrained", "x_y lr=1e-5", "x_y lr=0.01"]


def test_what_the_short_name_says_is_not_said_again():
    assert labels(
        cell("hybrid", alpha=0.5, sampler__name="hybrid", sampler__alpha="0.5"),
        cell("hybrid", alpha=0.3, sampler__name="hybrid", sampler__alpha="0.3"),
        cell("x_y", sampler__name="x_y"),
        cell("none", baseline="z_score"),
    ) == ["hybrid α=.5", "hybrid α=.3", "x_y", "untrained + z_score"]


def test_a_hash_is_shown_only_where_nothing_else_tells_arms_apart():
    one = {"corpus": "mine", "corpus__content": "a" * 64, "validation__content": "1" * 64, "corpus__languages": "de en"}
    other = one | {"corpus__content": "b" * 64, "validation__content": "2" * 64}
    assert labels(cell("x_y", **one), cell("x_y", **other)) == ["x_y corpus=aaaaaaaa", "x_y corpus=bbbbbbbb"]
    assert labels(cell("x_y", **one), cell("x_y", **other, training__batch_size="9")) == [
        "x_y corpus=aaaaaaaa", "x_y corpus=bbbbbbbb",
    ]  # fmt: skip
    french = other | {"corpus__languages": "en fr"}
    assert labels(cell("x_y", **one), cell("x_y", **french)) == [
        "x_y corpus.languages=de,en", "x_y corpus.languages=en,fr",
    ]  # fmt: skip
    assert labels(cell("x_y", trainer="1"), cell("x_y", trainer="2")) == ["x_y trainer=1", "x_y trainer=2"]


def test_a_cell_that_never_came_so_far_stands_for_itself():
    key = CellKey("tiny", "x_y", "xquad_r", 0)
    failed = Cell("1", key, "FAILED", {}, {}, {})
    assert [arm.name for arm in arms([failed, cell("x_y")])] == ["tiny·x_y", "tiny·x_y"]
