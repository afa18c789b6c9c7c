"""One cell and one sweep, through the command line."""

import json
import sqlite3
from pathlib import Path

import ir_measures
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from langmix.app.tables import _ui
from langmix.atlas import items
from langmix.encoder import tiny
from langmix.measures.evidence import Evidence
from langmix.measures.measure import Needs
from langmix.measures.parquet import read_table
from langmix.measures.registry import columns, measure
from langmix.measures.results import Results
from langmix.store import Store
from langmix.tracking.client import connect
from langmix.tracking.read import artifact, cells
from tests.measures.made_up import BIAS

from .conftest import TINY

NAMES = {
    f"atlas/{setting}/{metric}"
    for setting in ("monolingual", "cross_lingual", "multilingual")
    for metric in {measure(name).metric for name in columns(Needs.LIST, top=10)}
} | {f"atlas/multilingual/{name}" for name in columns(Needs.POOLED_LIST, top=10)}
FIGURES = NAMES | {f"atlas/multilingual/{name}" for name in (*BIAS, "tied")}
TRACKED = FIGURES | {f"atlas/embeddings/{name}" for name in ("query_cosine", "candidate_cosine", "collapsed")}


def output_of(tmp_path, parent="outputs"):
    return sorted(path.parent for path in (tmp_path / parent).rglob("metrics.json"))


def test_a_cell_is_trained_evaluated_and_tracked(langmix, tmp_path):
    done = langmix(*TINY, "sampler=hybrid", "tracking.models=true")
    assert done.returncode == 0, done.stderr
    assert f"in MLflow: langmix ui {cells(Store.open(tmp_path / 'store'), 'langmix')[0].run_id}" in done.stdout
    (output,) = output_of(tmp_path)
    figures = json.loads((output / "metrics.json").read_text())
    assert set(figures) == FIGURES | {f"{name}_micro" for name in NAMES}

    table = pd.read_parquet(output / "per_query.parquet")
    pooled = table[table.setting == "multilingual"].groupby("query_language", observed=True)
    assert figures["atlas/multilingual/map"] == pytest.approx(pooled.average_precision.mean().mean())

    (cell,) = cells(Store.open(tmp_path / "store"), "langmix")
    assert cell.status == "FINISHED"
    assert cell.key.name == "tiny·hybrid α=.5·s0"
    assert {name for name in cell.metrics if name.startswith("atlas/")} == TRACKED
    assert all(cell.metrics[name] == figures[name] for name in FIGURES)
    assert cell.metrics["atlas/embeddings/collapsed"] == 0
    check_evidence(Store.open(tmp_path / "store"), cell, figures)
    bias = pd.read_csv(output / "bias.csv", index_col="query_language")
    assert bias.loc["macro", "multilingual/kendall_w"] == pytest.approx(figures["atlas/multilingual/kendall_w"])
    assert len(pd.read_csv(output / "bias_by_pair.csv")) == 4
    assert (output / "bias_matrix.png").stat().st_size > 10_000
    assert cell.metrics["validation/loss"] > 0
    assert cell.tags["langmix.backbone_origin"].startswith("random:")
    assert cell.params["training.max_steps"] == "4"
    (model,) = connect(Store.open(tmp_path / "store").tracking_uri).search_logged_models(["1"])
    assert model.name == f"tiny·hybrid·{cell.tags['langmix.fingerprint.training'][:8]}"
    assert model.source_run_id == cell.run_id

    again = langmix(*TINY, "sampler=hybrid", "retrieval.batch_tokens=512", "store.embeddings_gib=0")
    assert again.returncode == 0
    assert "trained before, reused" in again.stderr
    first, second = cells(Store.open(tmp_path / "store"), "langmix")
    assert second.tags["langmix.fingerprint.training"] == first.tags["langmix.fingerprint.training"]


def check_evidence(store, cell, figures):
    """The artifacts of a cell say whose they are and give every figure again."""
    tags = {name: cell.tags[f"langmix.fingerprint.{name}"] for name in ("cell", "dataset")}
    identity = {"cell": tags["cell"], "collection": tags["dataset"]}
    folder = artifact(store, cell.run_id, "judgements.parquet").parent
    assert Results.of(Evidence.read(folder, identity)).figures == figures
    table = read_table(folder / "per_query.parquet", identity).to_pandas()
    assert set(table["paragraph"]) == {item.passage_id for item in items("test")}
    bias = pd.read_csv(folder / "bias.csv", index_col="query_language")
    pooled = table[table.setting == "multilingual"]
    for name in ("mrc_at_10", "log_rank_range", "first_irrelevant_same_language", "peer_relevant_at_10"):
        assert pooled.groupby("query_language", observed=True)[name].mean().mean() == pytest.approx(
            bias.loc["macro", f"multilingual/{name}"]
        )
        assert table[table.setting != "multilingual"][name].isna().all()


def test_an_encoder_that_tells_nothing_apart_is_said_to_have_collapsed(langmix, tmp_path):
    folder = tmp_path / "constant"
    folder.mkdir()
    tiny.write(folder, seed=0)
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.LayerNorm.weight"][:] = 0  # what is left is the bias, whatever the text
    weights["encoder.layer.1.output.LayerNorm.bias"][:] = 0.5
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    path = ["backbone=path", f"backbone.folder={folder}", "backbone.name=constant", "backbone.pooling=mean"]
    texts = [f"backbone.{side}_prefix=''" for side in ("query", "passage")]
    lengths = ["backbone.max_query_tokens=64", "backbone.max_passage_tokens=256"]
    done = langmix(*path, *texts, *lengths, "dataset.languages=[en,el]", "sampler=none")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "collapsed" in line]
    assert "atlas: the encoder has collapsed, and the figures mean nothing: mean cosine of two queries 1.0000" in line
    assert "100.0 % of the relevant candidates tie with another candidate in score" in line
    (cell,) = cells(Store.open(tmp_path / "store"), "langmix")
    assert cell.metrics["atlas/embeddings/collapsed"] == 1
    assert cell.metrics["atlas/multilingual/tied"] == 1


def test_a_sweep_is_one_run_with_a_child_per_cell(langmix, tmp_path):
    done = langmix("-m", *TINY, "sampler=none,x_y,en_en", "corpus.languages=[de,ar]")
    assert done.returncode == 2  # en_en has no English to train on; the others finish
    assert "langmix: sampler=en_en: no pair of corpus 'atlas' has the texts for en_en" in done.stderr
    found = cells(Store.open(tmp_path / "store"), "langmix")
    assert [(cell.key.sampler, cell.status) for cell in found] == [
        ("none", "FINISHED"),
        ("x_y", "FINISHED"),
        ("en_en", "FAILED"),
    ]
    assert "no pair of corpus" in found[2].reason
    with sqlite3.connect(tmp_path / "store" / "mlflow.db") as database:
        parents = database.execute("select status from runs where name like '%sampler=none,x_y,en_en%'").fetchall()
        running = database.execute("select count(*) from runs where status = 'RUNNING'").fetchone()
    assert parents == [("FAILED",)]
    assert running == (0,)
    assert len({cell.tags["mlflow.parentRunId"] for cell in found}) == 1
    assert "untrained" in done.stdout
    assert any("*" in line for line in done.stdout.splitlines() if line.startswith("tiny"))  # the best of a column
    assert "no pair of corpus" in done.stdout
    assert len(output_of(tmp_path, "multirun")) == 2
    assert list((tmp_path / "multirun").rglob("atlas.png"))


def test_untrained_is_the_same_by_flag_and_as_an_arm(langmix, tmp_path):
    for choice in ("train=false", "sampler=none"):
        assert langmix(*TINY, choice).returncode == 0
    first, second = (json.loads((path / "metrics.json").read_text()) for path in output_of(tmp_path))
    assert first == second
    assert not list((tmp_path / "store" / "models").iterdir())
    assert {cell.key.name for cell in cells(Store.open(tmp_path / "store"), "langmix")} == {"tiny·untrained"}


def test_the_same_cell_twice_gives_the_same_figures(langmix, tmp_path):
    for home in ("a", "b"):
        assert langmix(*TINY, "sampler=hybrid", LANGMIX_HOME=str(tmp_path / home)).returncode == 0
    first, second = (json.loads((path / "metrics.json").read_text()) for path in output_of(tmp_path))
    assert first == second


def test_plan_shows_batches_without_a_model(langmix):
    done = langmix("plan", *TINY, "sampler=x_y", "--batches", "3", "--start", "2")
    assert done.returncode == 0, done.stderr
    assert "3 languages" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if " x_y " in line and ">" in line] == ["2", "3", "4"]


def test_texts_are_encoded_once_whatever_is_done_with_the_embeddings(langmix, tmp_path):
    assert "kept from before" not in langmix(*TINY, "sampler=none").stderr
    kept = sorted((tmp_path / "store" / "embeddings").glob("*/embeddings.npy"))
    assert len(kept) == 2  # queries and candidates
    again = langmix(*TINY, "sampler=none", "baseline=round_robin")
    assert again.stderr.count("kept from before") == 2
    first, second = (json.loads((path / "metrics.json").read_text()) for path in output_of(tmp_path))
    assert first["atlas/monolingual/map"] == second["atlas/monolingual/map"]
    assert first["atlas/multilingual/top10_kl"] > second["atlas/multilingual/top10_kl"]
    for path in kept:  # an embedding that is not what was encoded is not taken on
        path.write_bytes(path.read_bytes()[:-4])
    assert "kept from before" not in langmix(*TINY, "sampler=none").stderr


def test_run_files_give_trec_eval_the_same_figures(langmix, tmp_path):
    done = langmix(*TINY, "sampler=none", "retrieval.run_files=true", "retrieval.run_depth=100000")
    assert done.returncode == 0, done.stderr
    (output,) = output_of(tmp_path)
    table = pd.read_parquet(output / "per_query.parquet")
    chosen = set(table["query_id"].unique()[::37])  # two million lines would take a minute to read
    for name in ("pool", "en", "el"):
        ours = table[(table["candidate_language"] == name) & table["query_id"].isin(chosen)]
        assert len(ours) > 50
        assert trec_eval_ap(output / "trec", name, chosen) == pytest.approx(
            dict(zip(ours["query_id"], ours["average_precision"], strict=True)), abs=1e-9
        )
    (cell,) = cells(Store.open(tmp_path / "store"), "langmix")
    assert artifact(Store.open(tmp_path / "store"), cell.run_id, "trec/pool.run").is_file()


def test_an_index_in_place_of_all_ranks(langmix, tmp_path):
    index = ["retrieval.index=HNSW8", 'retrieval.index_search="efSearch=8"', "retrieval.index_depth=20"]
    for words in ([], index):
        done = langmix(*TINY, "sampler=none", *words)
        assert done.returncode == 0, done.stderr
    assert "faiss" not in done.stderr.lower()
    store = Store.open(tmp_path / "store")
    whole, found = sorted(cells(store, "langmix"), key=lambda cell: "atlas/index/recall" in cell.metrics)
    assert 0 < found.metrics["atlas/index/recall"] < 1
    assert "atlas/multilingual/rank_distance" not in found.metrics
    assert found.metrics["atlas/multilingual/map"] < whole.metrics["atlas/multilingual/map"]
    compared = langmix("compare", whole.run_id, found.run_id, f"store.root={tmp_path / 'store'}")
    assert compared.returncode == 0, compared.stderr
    assert "index=HNSW8" in compared.stdout
    assert "mAP" in compared.stdout
    assert "rank dist" not in compared.stdout


def trec_eval_ap(folder, name, queries):
    qrels, run = (
        "".join(line for line in (folder / f"{name}.{kind}").open(encoding="utf-8") if line.split()[0] in queries)
        for kind in ("qrels", "run")
    )
    qrels, run = list(ir_measures.read_trec_qrels(qrels)), list(ir_measures.read_trec_run(run))
    return {value.query_id: value.value for value in ir_measures.iter_calc([ir_measures.AP], qrels, run)}


def test_plan_of_a_mix_says_what_the_corpora_lack(langmix, tmp_path):
    (tmp_path / "tydi.jsonl").write_text(
        "".join(
            json.dumps(
                {"query_id": n, "query": f"q{n}", "positive_passages": [{"docid": n, "title": "t", "text": "p"}]}
            )
            + "\n"
            for n in range(50)
        )
    )
    (tmp_path / "wikiqa.tsv").write_text(
        "QuestionID\tQuestion\tDocumentID\tDocumentTitle\tSentenceID\tSentence\tLabel\n"
        + "".join(f"Q{n}\tq{n}\tD{n}\tt\tD{n}-1\ts{n}\t1\n" for n in range(30))
    )
    (tmp_path / "de.jsonl").write_text(
        "".join(json.dumps({"id": f"Q{n}/D{n}-1", "query": f"f{n}", "passage": f"a{n}"}) + "\n" for n in range(30))
    )
    others = ["duorc", "newsqa", "natural_questions", "yahoo_qa", "entity_questions", "mfaq", "mmarco"]
    mix = [
        "corpus=paper_mix",
        *(f"corpus.parts.{name}=null" for name in others),
        "corpus.parts.mr_tydi.files={en: tydi.jsonl}",
        "corpus.parts.wikiqa.files={en: wikiqa.tsv}",
        "corpus.parts.wikiqa.translations={de: de.jsonl}",
        "corpus.languages=[en,de]",
        "training.batch_size=8",
        "corpus.parts.mr_tydi.validation_fraction=0",
        "corpus.parts.wikiqa.validation_fraction=0",
    ]
    done = langmix("plan", *mix, "sampler=x_y")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "mr_tydi lacks de: it takes no part in batches that need them" in lines
    assert "mr_tydi is never drawn: sampler=x_y has no batch for what it has (en)" in lines
    assert any(line.startswith("corpora in ") and line.endswith("wikiqa 100 %, mr_tydi 0 %") for line in lines)
    assert "paper_mix: 80 pairs in 2 languages" in done.stdout
    done = langmix("plan", *mix, "sampler=x_x_mono", "corpus.mixing.batches=mixed", "corpus.mixing.weighting=uniform")
    assert done.returncode == 0, done.stderr
    assert "never drawn" not in done.stdout


def test_the_command_that_shows_a_run_names_a_store_elsewhere(monkeypatch):
    monkeypatch.setenv("LANGMIX_HOME", "/usual")
    assert _ui(Store(Path("/usual")), "abc") == "in MLflow: langmix ui abc"
    assert _ui(Store(Path("/other one")), "abc") == """in MLflow: langmix ui abc 'store.root="/other one"'"""
