"""Questions that were asked in the language itself, about its own Wikipedia: published sets, a language each.

Nothing in them is parallel: a question has its answer in one language, so that the pool asks how well an encoder keeps
languages apart, and there is no cross-lingual setting.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from langmix.collection.collection import Collection
from langmix.collection.files import located
from langmix.collection.squad import collected
from langmix.collection.unit import Unit
from langmix.errors import LangmixError
from langmix.languages import selected


class _Part(NamedTuple):
    files: tuple[str, ...]
    questions: int


_FILES: dict[str, dict[str, _Part]] = {
    "ja": {"report": _Part(tuple(f"jaquad_dev_{n:04}.json" for n in range(4)), 3939)},
    "zh-Hans": {"report": _Part(("cmrc2018_dev.json",), 3219)},
    "zh-Hant": {"report": _Part(("drcd_test.json",), 3493), "choose": _Part(("drcd_dev.json",), 3524)},
    "ko": {"report": _Part(("korquad_v1.0_dev.json",), 5774)},
    "ar": {"report": _Part(("arcd_test.json",), 702), "choose": _Part(("arcd_train.json",), 693)},
    "th": {"report": _Part(("iapp_test.jsonl",), 739), "choose": _Part(("iapp_valid.jsonl",), 742)},
    "fa": {"report": _Part(("pquad_test.json",), 8002), "choose": _Part(("pquad_validation.json",), 7976)},
}
"""Files of each part as published, and their questions, unanswerable ones included; all were counted.

JaQuAD (arXiv 2202.01764), CMRC 2018 (D19-1600), DRCD (arXiv 1806.00920), KorQuAD 1.0 (arXiv 1909.07005), ARCD
(W19-4612), iapp-wiki-qa-dataset (of iApp Technology), PQuAD (arXiv 2202.06219).
"""


def native_qa(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    part: Literal["report", "choose"] = "report",
    unit: Unit = "sentence",
) -> Collection:
    """The questions of several languages, and the sentences or paragraphs of all their passages.

    Args:
        name: What metrics call the collection.
        path: Folder with the published files, perhaps with ``.gz``.
        languages: Languages to take, in this order; None: all that the part has.
        part: "report", or "choose", which has other passages and neither Japanese, Korean nor simplified Chinese.
        unit: What is searched; see `langmix.collection.squad.squad`.

    Raises:
        LangmixError: There is no such part or language, or a file is missing, damaged or has another number of
            questions.
    """
    if part not in ("report", "choose"):
        raise LangmixError(f"dataset '{name}': part={part} has to be report or choose")
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of the published files")
    have = {code: parts[part] for code, parts in _FILES.items() if part in parts}
    codes = tuple(have) if languages is None else selected(languages, f"dataset '{name}': ")
    for code in codes:
        if code not in have:
            raise LangmixError(f"dataset '{name}': part={part} has no '{code}' (has: {' '.join(have)})")
    folder = Path(path)
    files = {code: [located(folder / file, code) for file in have[code].files] for code in codes}
    found = collected(name, files, unit, parallel=False)
    questions, published = len(found.query_ids) + found.unanswered, sum(have[code].questions for code in codes)
    if questions != published:
        raise LangmixError(f"dataset '{name}': {questions} questions in {' '.join(codes)}, published are {published}")
    return found
