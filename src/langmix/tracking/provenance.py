"""Tags that say what code, on what machine, made a run."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import langmix
from langmix.hardware import processor, threads
from langmix.process import identity
from langmix.software import code

PREFIX = "langmix."
PROCESS = PREFIX + "process"
CODE = PREFIX + "code"
PACKAGES = ("torch", "transformers", "tokenizers", "lightning", "mlflow")


def provenance() -> dict[str, str]:
    """Return versions, git commit, threads and owning process of this run, as MLflow tags."""
    facts = {"version": langmix.__version__, "python": platform.python_version()}
    facts |= {"threads": str(threads()), "processor": processor()}  # either may sum in another order
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    commit = git_commit(Path(langmix.__file__).parent)
    if commit:
        facts["git_commit"] = commit
    return {PREFIX + name: value for name, value in facts.items()} | {CODE: code(), PROCESS: identity()}


def git_commit(package: Path) -> str | None:
    """Return the commit of the checkout that tracks `package`, with `-dirty` for changed or new files.

    None when the package is installed elsewhere, even inside a folder of another checkout, or without git.
    """
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    commit = _git(package, "rev-parse", "HEAD")
    if commit is None:
        return None
    return f"{commit}-dirty" if _git(package, "status", "--porcelain") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    # Inside a git hook these variables would point at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [git, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
