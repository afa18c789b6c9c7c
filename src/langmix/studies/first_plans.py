"""By which plan each study was first answered, kept beside its results: a plan that came later is told apart."""

import datetime as dt
import json
from pathlib import Path

from langmix.document import read_object
from langmix.errors import LangmixError
from langmix.studies.plan import Study

FILE = "plans.json"


def told(study: Study, folder: Path) -> str:
    """A line where a study's plan is not the one that it was first answered by; empty where it is, or nothing is known.

    Args:
        study: As it is now.
        folder: Of results.

    Raises:
        LangmixError: The file of first plans is damaged.
    """
    first = _read(folder).get(study.name)
    if first is None or first["plan"] == study.hash:
        return ""
    return (
        f"the plan was changed after its first answer: it is {study.hash[:12]}, and was {first['plan'][:12]} on "
        f"{first['answered']}; what is claimed, at which margins, or how many seeds are asked for is not what it was"
    )


def keep(study: Study, folder: Path) -> None:
    """Note by which plan a study is answered, unless it was answered before.

    Raises:
        LangmixError: The file of first plans is damaged or cannot be written.
    """
    known = _read(folder)
    if study.name in known:
        return
    known[study.name] = {"plan": study.hash, "answered": dt.datetime.now(tz=dt.UTC).date().isoformat()}
    written = folder / f".{FILE}"
    try:
        plans = [{"name": name, **known[name]} for name in sorted(known)]
        written.write_text(json.dumps({"studies": plans}, indent=1) + "\n", encoding="utf-8")
        written.replace(folder / FILE)
    except OSError as error:
        raise LangmixError(f"{folder / FILE}: cannot be written ({error.strerror or error})") from error


def _read(folder: Path) -> dict[str, dict[str, str]]:
    file = folder / FILE
    if not file.exists():
        return {}
    plans = read_object(file, "the plans that studies were first answered by, by name").nodes("studies")
    return {each.text("name"): {key: each.text(key) for key in ("plan", "answered")} for each in plans}
