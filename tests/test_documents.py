"""README and docs say what is so: commands compose, links lead somewhere, examples run, figures are those measured."""

import json
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

import langmix
from langmix.configuration.composition import composed
from langmix.encoder import backbone
from langmix.errors import LangmixError

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
VERBS = {"compare", "plan", "report", "rerun", "store", "study", "translate"}


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands():
    """Every `langmix` command of a block of shell commands."""
    for page in PAGES:
        for block in blocks(page, "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["langmix"]:
                    yield pytest.param(words[1:], id=f"{page.stem}: {' '.join(words[1:])[:60]}")


@pytest.mark.parametrize("words", list(commands()))
def test_commands_compose(words, monkeypatch, tmp_path):
    monkeypatch.setenv("LANGMIX_HOME", str(tmp_path))
    verb = words[0] if words and words[0] in VERBS else None
    if verb:
        with pytest.raises((SystemExit, LangmixError)) as ended:  # `--help` ends where the options before it are there
            import_module(f"langmix.app.{verb}").main([*words[1:], "--help"])
        assert getattr(ended.value, "code", None) == 0, ended.value
    elsewhere = ("joblib", "submitit", "ray", "hydra.launcher")  # a launcher's keys are there where it is installed
    asked = [word.partition("=") for word in words if re.match(r"[\w./@+~]+=", word)]
    choices = {key: swept(value) if "-m" in words else [value] for key, _, value in asked if not in_any(key, elsewhere)}
    first = {key: values[0] for key, values in choices.items() if not key.startswith("hydra")}
    for key, values in choices.items():
        for (
            value
        ) in values:  # the others as the first cell has them: a key may be there with one choice of a group alone
            main = "translate" if verb == "translate" else "config"
            composed([f"{name}={chosen}" for name, chosen in {**first, key: value}.items()], name=main)


def in_any(key, parts):
    return any(part in key for part in parts)


def swept(value):
    """What a multirun's override stands for: its choices, the first number of a range, or the one value."""
    if value.startswith("range"):
        return ["0"]
    return [value] if value.startswith(("[", "{")) else value.split(",")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    made = {"reference/configuration.md", "reference/measures.md", "index.md"}  # by docs/build.py; MkDocs checks those
    for target in re.findall(r"\]\((?!https?://)([^)#\s]+)", text):
        resolved = (page.parent / target).resolve()
        relative = str(resolved.relative_to(ROOT / "docs")) if resolved.is_relative_to(ROOT / "docs") else ""
        assert resolved.exists() or relative in made, target


def test_the_readme_can_be_read():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 130


@pytest.fixture
def files(tmp_path, monkeypatch):
    """What the examples read: pairs and an encoder, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for language in ("en", "fi"):
        rows = [{"id": str(n), "query": f"{language} {n}?", "passage": f"{language} answer {n}."} for n in range(2000)]
        Path(f"pairs.{language}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    usage = {"pooling": "mean", "query_prefix": "", "passage_prefix": "", "max_query_tokens": 64}
    tiny = backbone.random(name="tiny", seed=0, store=langmix.Store(tmp_path), max_passage_tokens=64, **usage)
    tiny.folder.rename("my-encoder")


@pytest.mark.usefixtures("files")
def test_the_examples_of_the_python_guide_run():
    code = "\n".join(blocks(ROOT / "docs" / "guides" / "python.md", "python"))
    few = "max_steps=2, validate_every=2, validation_batches=1, batch_size=8"
    code = re.sub(r"max_steps=300(, batch_size=16)?", few, code).replace("alpha=0.3), seed", f"alpha=0.3), {few}, seed")
    names = {}
    exec(compile(code, "python.md", "exec"), names)  # noqa: S102 -- it is our own page
    assert 0 < names["letters"].figures["mine/multilingual/map"] <= 1
    readme = "\n".join(blocks(ROOT / "README.md", "python"))
    compile(readme, "README.md", "exec")
    assert set(re.findall(r"langmix\.(\w+)\(", readme)) <= set(langmix.__all__)


def test_figures_of_the_readme_are_in_the_results():
    rows = re.findall(r"^\| (?:as it is|`\w+`) \|.*\|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 6
    results = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert all(row in results for row in rows)
