"""``langmix store`` on a store that was really used."""

import os
import shutil

from langmix.finished import DONE, write_folder
from langmix.store import Store
from langmix.store.contents import make_room
from langmix.tracking.client import connect
from langmix.tracking.read import cells

from .small import small


def test_a_store_is_listed_verified_and_pruned(langmix, refused, tmp_path):
    overrides = [*small(tmp_path), "negatives=bm25"]
    assert langmix(*overrides, "sampler=x_y", HOME=str(tmp_path), LANGMIX_HOME="~/store").returncode == 0
    assert not (tmp_path / "~").exists()
    store = Store.open(tmp_path / "store")
    (cell,) = cells(store, "langmix")
    model = store.models / cell.tags["langmix.fingerprint.training"]

    download = store.collections / "xquad_r" / "en.json"
    download.parent.mkdir(parents=True)
    download.write_text("{}")
    rows = [line.split() for line in langmix("store", "list").stdout.splitlines()[3:-2] if line.strip()]
    kinds = ["backbones", "collections", "embeddings", "embeddings", "models", "negatives", "speed"]
    assert [row[0] for row in rows] == kinds  # a line each
    assert (rows[4][1], rows[4][-1]) == (model.name[:10], cell.run_id[:8])
    assert "6 folders" in langmix("store", "verify").stdout  # model, backbone, queries, candidates, negatives, speed

    # What was tampered with is named, and no figure is made with it.
    (negatives,) = store.root.glob("negatives/*/negatives.arrow")
    with negatives.open("ab") as file:
        file.write(b"x")
    weights = next(model.rglob("*.safetensors"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = langmix("store", "verify")
    assert found.returncode == 2
    assert f"{weights}: differs from its checksum" in found.stdout
    assert f"{negatives}: differs from its checksum" in found.stdout
    assert found.stderr == f"langmix: store {store.root}: 2 of 6 folders are not what was written\n"
    refusal = langmix(*overrides, "sampler=x_y", "baseline=round_robin")
    assert refusal.returncode == 2
    assert f"langmix: {weights}: differs from its checksum" in refusal.stderr
    weights.write_bytes(whole)

    # A model goes when no finished run refers to it; a killed writer's folder goes, and embeddings.
    for kind in ("models", "negatives"):
        (store.root / kind / ".abc.unfinished-x1").mkdir()
    download.with_name("de.json.partial").write_text("{")
    shown = langmix("store", "prune", "--dry-run").stdout
    for left in ("models/.abc.unfinished-x1", "negatives/.abc.unfinished-x1", "collections/xquad_r/de.json.partial"):
        assert f"{left}: left by a killed process" in shown
    assert "5 folders" in shown
    assert len(list(store.embeddings.glob("*/DONE"))) == 2
    for run in connect(store.tracking_uri).search_runs(["1"]):
        connect(store.tracking_uri).delete_run(run.info.run_id)
    pruned = langmix("store", "prune").stdout
    assert f"models/{model.name}: no finished run refers to this model" in pruned
    assert "6 folders" in pruned
    assert [path.name for path in download.parent.iterdir() if path.suffix == ".partial"] == []
    assert download.exists()
    assert not model.exists()
    assert not list(store.embeddings.glob("*/DONE"))
    assert list(store.backbones.glob("*/DONE"))

    assert "there is no mirror to bring up to date; give tracking.mirror=URI" in refused("store", "sync")
    shutil.rmtree(store.backbones)
    (store.root / "LAYOUT").write_text("99\n")
    assert "made by a newer langmix (layout 99" in refused("store", "list")


def test_models_not_used_for_the_longest_time_make_room(tmp_path):
    store = Store.open(tmp_path / "store")
    for used, name in enumerate(("old", "running", "middle", "new")):
        with write_folder(store.models / name, {}) as folder:
            (folder / "weights").write_bytes(bytes(1000))
        os.utime(store.models / name / DONE, (used, used))

    def left(limit):
        make_room(store, limit, {"running"})
        return sorted(path.parent.name for path in store.models.glob(f"*/{DONE}"))

    assert left(10_000) == ["middle", "new", "old", "running"]
    assert left(4_500) == ["middle", "new", "running"]
    assert left(0) == ["running"]
