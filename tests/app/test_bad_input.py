"""Wrong input: one line, no success, nothing half-written, no run left open."""

import gzip
import json
import sqlite3

import pytest

from .conftest import TINY


def rows(n, languages=("en", "de"), **changes):
    return {
        language: [
            {"id": str(i), "question": f"{language} question {i}", "passage": f"{language} passage {i}"} | changes
            for i in range(n)
        ]
        for language in languages
    }


def write(folder, by_language):
    folder.mkdir(exist_ok=True)
    for language, records in by_language.items():
        text = "".join(json.dumps(record) + "\n" for record in records)
        (folder / f"{language}.jsonl").write_text(text)
    files = ",".join(f"{language}:{folder / f'{language}.jsonl'}" for language in by_language)
    return [
        *(x for x in TINY if not x.startswith("corpus")),
        "corpus=jsonl",
        "corpus.columns.query=question",
        f"corpus.files={{{files}}}",
        "corpus.validation_fraction=0.3",
    ]


@pytest.fixture
def untouched(tmp_path):
    """After the test no model, no corpus and no MLflow run exists."""
    yield
    store = tmp_path / "store"
    assert not list(store.glob("models/*"))
    assert not list(store.glob("corpora/*/*"))
    if (store / "mlflow.db").exists():
        with sqlite3.connect(store / "mlflow.db") as database:
            assert database.execute("select count(*) from runs").fetchone() == (0,)


@pytest.mark.usefixtures("untouched")
class TestBeforeAnythingIsWritten:
    def test_override(self, refused):
        assert refused("sampler.alpah=0.3") == "unknown key 'sampler.alpah'; did you mean 'sampler.alpha'?"

    def test_command(self, refused):
        assert refused("pln").startswith("unknown command 'pln'; did you mean 'plan'?")

    def test_alpha(self, refused):
        assert refused(*TINY, "sampler=hybrid", "sampler.alpha=1.2").startswith(
            "sampler.alpha=1.2: must be a probability"
        )

    def test_one_language(self, refused):
        line = refused(*TINY, "sampler=hybrid", "corpus.languages=[de]")
        assert line.startswith("sampler=hybrid pairs different languages, but corpus 'atlas' has one language: de")

    def test_language(self, refused):
        assert "unknown language 'xx'" in refused(*TINY, "corpus.languages=[en,xx]")
        assert "unknown language 'yy'" in refused(*TINY, "dataset.languages=[yy]")

    def test_batch(self, refused):
        line = refused(*TINY, "training.batch_size=100000")
        assert "more than corpus 'atlas' can fill with distinct groups" in line

    def test_missing_weights(self, refused):
        line = refused("backbone=xlmr_base")
        assert "xlm-roberta-base" in line
        assert "backbone=path" in line

    def test_missing_folder(self, refused):
        assert "nowhere" in refused("backbone=path", "backbone.folder=nowhere", "backbone.name=x")

    def test_data_folder_lacks_a_language(self, refused, tmp_path):
        (tmp_path / "data").mkdir()
        line = refused("backbone=tiny", "train=false", "dataset=xquad_r", f"dataset.path={tmp_path / 'data'}")
        assert str(tmp_path / "data") in line

    def test_cut_off_json(self, refused, tmp_path, data):
        (tmp_path / "data").mkdir()
        for file in (data / "xquad_r").glob("*.json.gz"):
            text = gzip.decompress(file.read_bytes())
            (tmp_path / "data" / file.stem).write_bytes(text[:-1000] if file.name.startswith("hi") else text)
        line = refused("backbone=tiny", "train=false", "dataset=xquad_r", f"dataset.path={tmp_path / 'data'}")
        assert "hi.json" in line

    def test_unwritable_store(self, refused, tmp_path):
        (tmp_path / "file").write_text("")
        line = refused(*TINY, LANGMIX_HOME=str(tmp_path / "file" / "store"))
        assert str(tmp_path / "file") in line

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"id": None}, "id"),
            ({"id": "1"}, "id '1' a second time"),
            ({"question": "  "}, "empty"),
        ],
    )
    def test_corpus_rows(self, refused, tmp_path, change, said):
        records = rows(30)
        records["de"][4] |= change
        line = refused(*write(tmp_path / "corpus", records), "sampler=hybrid")
        assert "de.jsonl" in line
        assert "5" in line
        assert said in line

    def test_cut_off_jsonl(self, refused, tmp_path):
        overrides = write(tmp_path / "corpus", rows(30))
        file = tmp_path / "corpus" / "en.jsonl"
        file.write_text(file.read_text()[:-10])
        line = refused(*overrides)
        assert "en.jsonl" in line
        assert "30" in line

    def test_unknown_candidate_language(self, refused, tmp_path):
        assert "unknown language 'qq'" in refused(*write(tmp_path / "corpus", rows(30, ("en", "qq"))))


def test_diverged_training_leaves_no_model_and_no_open_run(langmix, tmp_path):
    done = langmix(*TINY, "sampler=x_y", "training.learning_rate=1e30", "training.gradient_clip=0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("langmix: training loss is nan at step")
    assert not [path for path in (tmp_path / "store" / "models").iterdir() if not path.name.endswith(".lock")]
    with sqlite3.connect(tmp_path / "store" / "mlflow.db") as database:
        assert database.execute("select distinct status from runs").fetchall() == [("FAILED",)]


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ("sampler.alpah=1", "unknown key 'sampler.alpah'; did you mean 'sampler.alpha'?"),
        ("seed=0,first", "seed=first: must be a whole number"),
        ("training=null", "training=null: must name an option of training (there are: paper, small)"),
        ("training.learning_rate=[1e-5,2e-5],fast", "training.learning_rate=[1e-05, 2e-05]: must be a number"),
        (
            "negatives=none,nome",
            "negatives=nome: no such negatives; did you mean 'none'? (there are: bm25, given, none)",
        ),
    ],
)
def test_a_sweep_with_a_wrong_override_runs_nothing(langmix, tmp_path, wrong, answer):
    done = langmix("-m", *TINY, "sampler=none,x_y", wrong)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"langmix: {answer}"]
    database = tmp_path / "store" / "mlflow.db"
    if database.exists():
        with sqlite3.connect(database) as connection:
            assert not connection.execute("select count(*) from runs where lifecycle_stage = 'active'").fetchone()[0]
    assert not list(tmp_path.rglob("metrics.json"))
