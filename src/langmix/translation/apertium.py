"""Apertium (Forcada et al. 2011, doi:10.1007/s10590-011-9090-0): rules and dictionaries, a Debian package per pair."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import langcodes
from langcodes.tag_parser import LanguageTagError

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.translation.translator import Translated, Unit

_MODES = Path("/usr/share/apertium/modes")

# Handed through as they are: addresses, tags, placeholders, and every word with a sign that Apertium marks words by.
_KEPT = re.compile(r"https?://\S+|www\.\S+|<[^<>\s][^<>]*>|\{[^{}\s]*\}|%\(\w+\)\w|\S*[*#@]\S*")
_SPECIAL = re.compile(r"[\\^$/\[\]{}<>~]")  # of Apertium's stream format
_READ = re.compile(r"\[(?P<kept>(?:\\.|[^\\\]])*)\]|(?P<mark>\\@|[*#])|\\(?P<special>.)", re.DOTALL)
_END = re.compile(r"\.?\[\]\[\n(\d+)\n\]")


class Apertium:
    """Translates by the ``apertium`` program, as many of them at a time as there are workers.

    Its marks of words that it does not know (``*``, ``@``) or cannot inflect (``#``) are counted and taken out.

    Args:
        workers: How many programs at a time; None: one for two processors, which its pipeline of ten keeps busy.
        modes: Folder with Apertium's modes.
    """

    unit: Unit = "text"
    characters = 500_000

    def __init__(self, workers: int | None = None, modes: str | Path = _MODES) -> None:
        if workers is not None and workers < 1:
            raise LangmixError(f"translator.workers={workers}: must be a whole number from 1, or null")
        self.workers = workers or max(1, len(os.sched_getaffinity(0)) // 2)
        self._modes = Path(modes)

    def check(self, source: str, target: str, corpora: Sequence[ParallelCorpus]) -> None:
        """See `Translator`."""
        if shutil.which("apertium") is None:
            raise LangmixError("translator=apertium: it is not installed; on Debian: apt-get install apertium")
        directions = _directions(self._modes)
        if (source, target) not in directions:
            known = " ".join(sorted(f"{one}->{other}" for one, other in directions)) or "none"
            raise LangmixError(
                f"translator=apertium: '{source}->{target}' is not installed (installed: {known}); on Debian, "
                "apt-cache search '^apertium-' lists the pairs there are"
            )

    def identity(self, source: str, target: str) -> str:
        """Hash of the program's version and of all that the direction's mode refers to."""
        mode = self._modes / f"{_directions(self._modes)[source, target]}.mode"
        text = mode.read_bytes()
        digest = hashlib.sha256(text + _version().encode())
        for name in re.findall(rb"'(/[^']+)'", text):
            digest.update(Path(name.decode()).read_bytes())
        return f"apertium {digest.hexdigest()}"

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translated]:
        """See `Translator`."""
        direction = _directions(self._modes)[source, target]
        # Texts are told apart by numbers between them that Apertium takes for formatting; the full stop in front, which
        # it takes out itself otherwise, keeps words of two texts from being one phrase.
        given = "".join(f"{_written(text)}.[][\n{number}\n]" for number, text in enumerate(texts))
        done = subprocess.run(  # noqa: S603  # no shell
            ["apertium", "-d", str(self._modes.parent), "-f", "none", direction],  # noqa: S607  # found by its name
            input=given.encode(),
            capture_output=True,
            check=False,
        )
        *found, rest = _END.split(done.stdout.decode(errors="replace")) if not done.returncode else [""]
        numbers = [int(number) for number in found[1::2]]
        if numbers == list(range(len(texts))) and not rest.strip():
            return [_read(text) for text in found[::2]]
        if len(texts) > 1:  # one of them breaks it; which one, its neighbours' translations are not to suffer
            half = len(texts) // 2
            return self.translate(texts[:half], source, target) + self.translate(texts[half:], source, target)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise LangmixError(f"apertium {direction}: failed ({said[-1] if said else f'exit {done.returncode}'})")
        return [Translated(None)]


@cache
def _directions(modes: Path) -> dict[tuple[str, str], str]:
    """Names of the installed modes, by source and target as BCP-47 tags."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(modes.glob("*.mode")):
        codes = path.stem.split("-")
        if len(codes) == 2:
            try:
                pair = langcodes.standardize_tag(codes[0]), langcodes.standardize_tag(codes[1])
            except LanguageTagError:  # a variety that has no tag
                continue
            found.setdefault(pair, path.stem)
    return found


@cache
def _version() -> str:
    return subprocess.run(["apertium", "-V"], capture_output=True, text=True, check=False).stdout  # noqa: S607


def _written(text: str) -> str:
    parts, end = [], 0
    text = text.replace("\0", " ")
    for kept in _KEPT.finditer(text):
        verbatim = re.sub(r"[\\\[\]]", r"\\\g<0>", kept[0])
        parts += [_SPECIAL.sub(r"\\\g<0>", text[end : kept.start()]), f"[{verbatim}]"]
        end = kept.end()
    return "".join([*parts, _SPECIAL.sub(r"\\\g<0>", text[end:])])


def _read(text: str) -> Translated:
    marks = 0

    def plain(found: re.Match[str]) -> str:
        nonlocal marks
        if found["mark"]:
            marks += 1
            return ""
        return found["special"] or re.sub(r"\\(.)", r"\1", found["kept"], flags=re.DOTALL)

    plain_text = _READ.sub(plain, text)
    return Translated(re.sub(" {2,}", " ", plain_text).strip() or None, marks)  # it leaves the space of dropped words
