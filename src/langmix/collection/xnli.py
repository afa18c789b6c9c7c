"""XNLI (Conneau et al. 2018, D18-1269) as entailment retrieval and as translation retrieval.

XNLI was made for classification, and nobody has published a protocol for retrieval. These are version 1, and frozen:
another protocol gets another number in its name. Candidates are the premises, each once per language.

*Entailment*: a query is the hypothesis of a pair labelled entailment, in any language; what answers it is its own
premise, in every language. Premises that say the same by chance are counted as wrong; the labels of other pairs are not
used. *Translation*: a query is a premise, and what answers it are its translations, see `translations`.

A ranking by chance has, over n premises of which one answers, an expected average precision of (1 + 1/2 + … + 1/n) / n:
.0048 in one language of the test set.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import located
from langmix.collection.lines import translations
from langmix.corpus.records import Records
from langmix.document import Node, is_there
from langmix.errors import LangmixError
from langmix.languages import selected

_PREMISES = {"dev": 830, "test": 1670}
_LAYOUT = "a row of XNLI with pairID, promptID, label, premise and hypothesis"


class _Pair(NamedTuple):
    prompt: str
    label: str
    premise: str
    hypothesis: str


def xnli_entailment(name: str, path: str | Path | None, languages: Sequence[str], split: str = "test") -> Collection:
    """Hypotheses asked of premises.

    Queries are called LANG/PAIR and candidates LANG/PROMPT. The test split is for reporting, dev for choosing.

    Args:
        name: What metrics call the collection.
        path: Folder with ``xnli.SPLIT.tsv`` as published, or with ``SPLIT.LANG.tsv`` of each language (columns
            pairID, promptID, label, premise, hypothesis); perhaps with ``.gz``.
        languages: Languages to take, in this order.
        split: "test" or "dev".

    Raises:
        LangmixError: A file is missing or damaged, languages disagree about a pair, or counts are not those published.
    """
    queries, candidates = [], []
    pairs = _checked(name, path, languages, split)
    for code, own in pairs.items():
        candidates += [Candidate(f"{code}/{prompt}", code, text) for prompt, text in _premises(own).items()]
        queries += [
            Query(f"{code}/{key}", key, code, pair.hypothesis, pair.prompt)
            for key, pair in own.items()
            if pair.label == "entailment"
        ]
    relevant = [(query.id, f"{code}/{query.paragraph}") for query in queries for code in pairs]
    return Collection.build(name, tuple(pairs), queries, candidates, relevant)


def xnli_translation(name: str, path: str | Path | None, languages: Sequence[str], split: str = "test") -> Collection:
    """Premises asked of their translations; queries and candidates are called LANG/PROMPT.

    Args:
        name: What metrics call the collection.
        path: As for `xnli_entailment`.
        languages: Languages to take, in this order; two at least.
        split: "test" or "dev".

    Raises:
        LangmixError: As for `xnli_entailment`, or there is one language only.
    """
    return translations(name, {code: _premises(own) for code, own in _checked(name, path, languages, split).items()})


def _premises(pairs: dict[str, _Pair]) -> dict[str, str]:
    """Premises by prompt."""
    return {pair.prompt: pair.premise for pair in pairs.values()}


def _checked(name: str, path: str | Path | None, languages: Sequence[str], split: str) -> dict[str, dict[str, _Pair]]:
    """Pairs by language and id, the same in all languages and as many as published."""
    codes = selected(languages, f"dataset '{name}': ")
    if split not in _PREMISES:
        raise LangmixError(f"dataset '{name}': split={split} has to be test (to report) or dev (to choose by)")
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of XNLI-1.0 (xnli.{split}.tsv)")
    pairs = _read(Path(path).expanduser(), split, codes)
    for code, own in pairs.items():
        _compare(name, codes[0], pairs[codes[0]], code, own)
        premises = len(_premises(own))
        if premises != _PREMISES[split]:
            raise LangmixError(f"dataset '{name}': {code} has {premises} premises, published are {_PREMISES[split]}")
    return pairs


def _read(folder: Path, split: str, codes: Sequence[str]) -> dict[str, dict[str, _Pair]]:
    """Pairs by language and id."""
    pairs: dict[str, dict[str, _Pair]] = {code: {} for code in codes}
    published = located(folder / f"xnli.{split}.tsv", "")
    if is_there(published):
        for row in _rows(published):
            code = row.text("language")
            if code in pairs:
                _add(pairs[code], row, "gold_label", "sentence1", "sentence2")
    else:
        for code in codes:
            file = located(folder / f"{split}.{code}.tsv", code)
            if not is_there(file):
                have = " ".join(sorted(each.name for each in folder.glob("*.tsv*"))) or "no such files"
                raise LangmixError(f"{folder}: has neither xnli.{split}.tsv nor {split}.{code}.tsv (has: {have})")
            for row in _rows(file):
                _add(pairs[code], row, "label", "premise", "hypothesis")
    for code, found in pairs.items():
        if not found:
            raise LangmixError(f"{folder}: no pair in language '{code}'")
    return pairs


def _add(pairs: dict[str, _Pair], row: Node, label: str, premise: str, hypothesis: str) -> None:
    key = row.name("pairID")
    if key in pairs:
        raise LangmixError(f"{row.where}: pairID '{key}' occurs twice")
    pairs[key] = _Pair(row.name("promptID"), row.text(label), row.text(premise), row.text(hypothesis))


def _compare(name: str, one: str, first: dict[str, _Pair], other: str, second: dict[str, _Pair]) -> None:
    """Hold a language's pairs against the first language's, and its premises against each other."""
    for key in first.keys() ^ second.keys():
        raise LangmixError(f"dataset '{name}': pairID '{key}' is in one of {one} and {other} alone")
    premises: dict[str, str] = {}
    for key, pair in second.items():
        if pair[:2] != first[key][:2]:
            raise LangmixError(
                f"dataset '{name}': pairID '{key}' has another promptID or label in {other} than in {one}"
            )
        if premises.setdefault(pair.prompt, pair.premise) != pair.premise:
            raise LangmixError(f"dataset '{name}': promptID '{pair.prompt}' has two premises in {other}")


def _rows(file: Path) -> Iterator[Node]:
    for _, row in Records(file, _LAYOUT).nodes(()):
        yield row
