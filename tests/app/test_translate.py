"""`langmix translate` through the command line."""

import gzip
import json
import re
import shutil
import time
from pathlib import Path

import pytest
from hydra.utils import get_method

from langmix.configuration.composition import read_translation
from langmix.configuration.folder import folder

TRAINED = ["corpus.validation_fraction=0.3", "training.batch_size=8"]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def words(tmp_path):
    """Overrides that translate a small corpus by files."""
    rows = [
        {"id": f"p{n}", "query": f"where is the {n}th place?", "passage": f"The {n}th place is a town."}
        for n in range(40)
    ]
    spanish = [
        {"id": f"p{n}", "query": f"¿dónde está el lugar {n}?", "passage": f"El lugar {n} es una ciudad."}
        for n in range(39)
    ]
    spanish[7]["passage"] = "The 7th place is a town."
    files = f"corpus.files={{en: {write(tmp_path / 'en.jsonl', rows)}}}"
    made = f"translator.files={{es: {write(tmp_path / 'es.jsonl', spanish)}}}"
    return ["corpus=jsonl", files, "translator=file", made, "target=[es]"]


def test_a_corpus_in_and_the_corpus_that_training_reads_out(langmix, words, tmp_path):
    done = langmix("translate", *words, 'output="~/out"', "gates.language=null", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert re.search(r"en->es +40 +1 +1 +38", done.stdout)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["targets"][0]["dropped"] == {"untranslated": 1, "copy": 1}
    assert "<h2>en-&gt;es</h2>" in (tmp_path / "out" / "report.html").read_text()
    with gzip.open(tmp_path / "out" / "dropped.jsonl.gz", "rt") as file:
        assert {json.loads(line)["id"]: json.loads(line)["reason"] for line in file} == {
            "p7": "copy",
            "p39": "untranslated",
        }
    assert re.search(r"translations +en-es-\w+\.sqlite", langmix("store", "list").stdout)
    files = f'corpus.files="{tmp_path}/out/{{language}}.jsonl.gz"'
    assert files in done.stdout
    planned = langmix(
        "plan",
        "corpus=jsonl",
        files,
        "corpus.languages=[en,es]",
        "corpus.validation_fraction=0.3",
        "training.batch_size=8",
    )
    assert planned.returncode == 0, planned.stderr
    assert "pairs in 2 languages" in planned.stdout


OPTIONS = [f"{group}={path.stem}" for group in ("translator", "recipe") for path in (folder() / group).glob("*.yaml")]


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_option_names_something_that_exists(option, monkeypatch):
    monkeypatch.setenv("LANGMIX_DATA", "data")
    asked = read_translation([option, "output=out", *(["target=[es]"] if option.startswith("translator") else [])])
    assert callable(get_method(asked.translator.values["_target_"]))
    assert asked.corpus.values["validation_fraction"] == 0


def two_steps(words):
    """The same by way of another language."""
    made = words[-2].removesuffix("}")
    return [f"{made}, fr: {made.rpartition(' ')[2]}}}", 'target=["en->fr->es"]']


def test_what_cannot_be_is_one_line_and_nothing_is_written(refused, words, tmp_path):
    assert refused("translate", *words).startswith("output is missing: give output=FOLDER")
    assert refused("translate", *words[:-1], "output=out").startswith(
        'target is missing: give target=[es, "en->es->pt"]'
    )
    assert "translates 'en' to itself" in refused("translate", *words[:-1], "target=[en]", "output=out")
    assert "has no file for 'fr' (has: es)" in refused("translate", *words[:-1], "target=[fr]", "output=out")
    assert "'sampler' is only there with langmix itself" in refused("translate", *words, "sampler=x_y", "output=out")
    assert "did you mean 'gates.length'" in refused("translate", *words, "gates.lenght=1", "output=out")
    assert refused("translate", *words, "gates.length=long", "output=out") == "gates.length=long: must be a number"
    line = refused("translate", *words, "gates.length=-1", "output=out")
    assert line == "gates.length=-1.0: must be a number from 0, or null"  # before anything is translated
    assert not list(tmp_path.rglob("translations/*.sqlite"))
    assert "references=-1" in refused("translate", *words, "references=-1", "output=out")
    assert "no such translator" in refused("translate", *words[:2], "translator=google", "target=[es]", "output=out")
    line = refused("translate", *words[:-1], "target=[es, en->es->pt]", "output=out")
    assert line == "cannot read target=[es, en->es->pt]: quote the value, as in 'target=[es, \"en->es->pt\"]'"
    assert "give a route of one step" in refused("translate", *words[:-2], *two_steps(words), "output=out")
    twice = write(tmp_path / "es.jsonl", [{"id": "p1", "query": "a"}, {"id": "p1", "query": "b"}])
    assert refused("translate", *words, "output=out").startswith(f"{twice}, line 2: id 'p1' a second time")
    write(tmp_path / "en.jsonl", [{"id": "p1", "query": "", "passage": "b"}])
    assert "is an empty text" in refused("translate", *words, "output=out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    assert refused("translate", *words, "output=out").endswith("out: is there already; give a folder that is not")


def test_a_killed_translation_goes_on_where_it_was(langmix, start, tmp_path):
    if not (shutil.which("apertium") and Path("/usr/share/apertium/modes/eng-spa.mode").exists()):
        pytest.skip("apertium is not installed (Debian: apertium apertium-eng-spa)")
    nouns = [
        f"{a} {b}" for a in ("old", "new", "red", "cold", "small", "long") for b in ("house", "dog", "river", "town")
    ]
    rows = [
        {
            "id": f"p{n}",
            "query": f"where is the {noun} number {n}?",
            "passage": f"The {noun} number {n} is in the city. " * 60,
        }
        for n, noun in enumerate(nouns * 20)
    ]
    files = f"corpus.files={{en: {write(tmp_path / 'en.jsonl', rows)}}}"
    words = ["translate", "corpus=jsonl", files, "target=[es]", "gates.repetition=null", "translator.workers=1"]
    killed = tmp_path / "killed_home"
    code = "import os, sys\nos.chdir(sys.argv[1])\nos.environ['LANGMIX_HOME'] = sys.argv[2]\ndel sys.argv[1:3]\n"
    code += "from langmix.app.cli import main\nmain()"
    process = start(code, tmp_path, killed, *words, "output=killed")
    kept = killed / "translations"
    for _ in range(2400):  # two minutes, on a machine that does other things
        if list(kept.glob("*.sqlite-wal")) and next(kept.glob("*.sqlite-wal")).stat().st_size > 200_000:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed").exists()
    again = langmix(*words, "output=killed", LANGMIX_HOME=str(killed))
    assert again.returncode == 0, again.stderr
    whole = langmix(*words, "output=whole", LANGMIX_HOME=str(tmp_path / "other"))
    asked = [int(done.stderr.split("translating ")[1].split()[0]) for done in (again, whole)]
    assert asked[0] < asked[1]
    for path in (tmp_path / "whole").glob("*.jsonl.gz"):
        assert path.read_bytes() == (tmp_path / "killed" / path.name).read_bytes()
