"""SQuAD-like files as a corpus to validate on."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from langmix.corpus.parallel import ParallelCorpus
from langmix.corpus.squad_file import read_squad
from langmix.errors import LangmixError
from langmix.languages import language as known_language


def squad(name: str, language: str, files: Sequence[str | Path] | None, split: str = "validation") -> ParallelCorpus:
    """Questions with the paragraphs that answer them, in one language: SQuADShifts, say (Miller et al. 2020, ICML).

    Questions about one paragraph are a group. Questions without an answer are left out.

    Args:
        name: What tables and runs call the corpus.
        language: ISO 639 code of questions and paragraphs.
        files: ``.json`` or ``.json.gz`` files in SQuAD's format, of one domain each or all in one.
        split: "validation": such files are not trained on.

    Raises:
        LangmixError: Another split is asked for; there are no files, or one cannot be read or is damaged.
    """
    if split != "validation":
        raise LangmixError(
            f"corpus '{name}': SQuAD files are for validation (corpus@validation=squad), not for '{split}'"
        )
    known_language(language, f"corpus '{name}': ")
    if not files or isinstance(files, str):
        raise LangmixError(f"corpus '{name}': give its files, as in validation.files=[new_wiki.json.gz,reddit.json.gz]")
    columns: dict[str, list[str]] = {key: [] for key in ("id", "group", f"query.{language}", f"passage.{language}")}
    for file in map(Path, files):
        for number, article in enumerate(read_squad(file).nodes("data")):
            for place, paragraph in enumerate(article.nodes("paragraphs")):
                for question in paragraph.nodes("qas"):
                    if question.items("answers"):
                        row = (question.text("id"), f"{file.name}/{number}/{place}", question.text("question"))
                        for column, text in zip(columns.values(), (*row, paragraph.text("context")), strict=True):
                            column.append(text)
    if not columns["id"]:
        raise LangmixError(f"corpus '{name}': no question in {' '.join(map(str, files))} has an answer")
    content = json.dumps([language, columns], ensure_ascii=False)
    table = pa.table({column: pa.array(texts, pa.string()) for column, texts in columns.items()})
    return ParallelCorpus(name, (language,), table, sha256(content.encode()).hexdigest())
