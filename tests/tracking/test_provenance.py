import json
import os
import platform
import subprocess
from importlib.metadata import version

import pytest

import langmix
from langmix.tracking.provenance import git_commit, provenance


@pytest.fixture
def checkout(tmp_path):
    def git(*arguments):
        settings = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *settings, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    package = tmp_path / "src" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (tmp_path / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    return package, git("rev-parse", "HEAD")


def test_commit_of_a_clean_and_of_a_changed_checkout(checkout):
    package, commit = checkout
    assert git_commit(package) == commit
    (package / "new.py").touch()
    assert git_commit(package) == f"{commit}-dirty"
    (package / "new.py").unlink()
    (package / "__init__.py").write_text("changed = True\n", encoding="utf-8")
    assert git_commit(package) == f"{commit}-dirty"


def test_package_installed_inside_a_foreign_checkout_has_no_commit(checkout):
    installed = checkout[0].parents[1] / "ignored" / "site-packages" / "package"
    installed.mkdir(parents=True)
    (installed / "__init__.py").touch()
    assert git_commit(installed) is None


def test_no_checkout_and_no_git_give_no_commit(tmp_path, checkout, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(checkout[0]) is None


def test_tags_name_versions_threads_and_process(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    tags = provenance()
    assert tags["langmix.version"] == langmix.__version__
    assert tags["langmix.python"] == platform.python_version()
    for package in ("torch", "transformers", "lightning", "mlflow"):
        assert tags[f"langmix.{package}"] == version(package)
    assert tags["langmix.threads"] == "3"
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert provenance()["langmix.threads"] == str(os.cpu_count())
    assert json.loads(tags["langmix.process"])["pid"] == os.getpid()
