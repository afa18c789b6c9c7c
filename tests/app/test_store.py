"""``langmix store`` on a store that was really used."""

import shutil

from langmix.tracking.client import connect
from langmix.tracking.read import cells
from langmix.tracking.store import Store

from .small import small


def test_a_store_is_listed_verified_and_pruned(langmix, refused, tmp_path):
    overrides = small(tmp_path)
    assert langmix(*overrides, "sampler=x_y").returncode == 0
    store = Store.open(tmp_path / "store")
    (cell,) = cells(store, "langmix")
    model = store.models / cell.tags["langmix.fingerprint.training"]

    listed = langmix("store", "list", COLUMNS="200").stdout
    row = next(line.split() for line in listed.splitlines() if model.name in line and line.split()[0] == "models")
    assert row[-1] == cell.run_id[:8]
    assert {line.split()[0] for line in listed.splitlines() if line.split()} >= {"backbones", "embeddings"}
    assert "4 folders" in langmix("store", "verify").stdout  # model, backbone, queries, candidates

    # What was tampered with is named, and no figure is made with it.
    weights = next(model.rglob("*.safetensors"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = langmix("store", "verify")
    assert found.returncode == 2
    assert f"{weights}: differs from its checksum" in found.stdout
    assert found.stderr == f"langmix: store {store.root}: 1 of 4 folders are not what was written\n"
    refusal = langmix(*overrides, "sampler=x_y", "baseline=round_robin")
    assert refusal.returncode == 2
    assert f"langmix: {weights}: differs from its checksum" in refusal.stderr
    weights.write_bytes(whole)

    # A model goes when no finished run refers to it; a killed writer's folder goes, and embeddings.
    (store.models / ".abc.unfinished-x1").mkdir()
    shown = langmix("store", "prune", "--dry-run").stdout
    assert "models/.abc.unfinished-x1: left by a killed process" in shown
    assert "3 folders" in shown
    assert len(list(store.embeddings.glob("*/DONE"))) == 2
    for run in connect(store.tracking_uri).search_runs(["1"]):
        connect(store.tracking_uri).delete_run(run.info.run_id)
    pruned = langmix("store", "prune").stdout
    assert f"models/{model.name}: no finished run refers to this model" in pruned
    assert "4 folders" in pruned
    assert not model.exists()
    assert not list(store.embeddings.glob("*/DONE"))
    assert list(store.backbones.glob("*/DONE"))

    assert "0 runs sent" in langmix("store", "sync").stdout
    shutil.rmtree(store.backbones)
    (store.root / "LAYOUT").write_text("99\n")
    assert "made by a newer langmix (layout 99" in refused("store", "list")
