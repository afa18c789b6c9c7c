"""Answers on one page that needs nothing but itself, and the same as Markdown."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from langmix.measures import measure
from langmix.measures.measure import printed
from langmix.studies.answer import Answer
from langmix.studies.claims import Checked
from langmix.studies.contest_table import chance
from langmix.studies.told import claimed, how, published_beside, tables
from langmix.texts import one_line

_WIDTH, _HEIGHT = 180, 18  # of the picture of an interval
_HEADINGS = ("claim", "measure", "baseline", "arm", "change", "95 % interval", "p", "verdict")

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #8b949e66; --band: #8b949e33;
  --supported: #1a7f37; --contradicted: #cf222e; --undecided: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117;
  --supported: #3fb950; --contradicted: #f85149; --undecided: #d29922; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 75rem; padding: 1rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; margin: .75rem 0; }
caption { text-align: left; font-weight: 600; }
th, td { padding: .2rem .6rem .2rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
table.claims td, table.claims th { white-space: normal; text-align: left; min-width: 7rem; vertical-align: top; }
.supported { color: var(--supported); } .contradicted { color: var(--contradicted); }
.undecided { color: var(--undecided); } b { font-weight: 600; }
code { font-size: .85rem; } svg { vertical-align: middle; }
"""


def html(answers: Sequence[Answer], claims: Sequence[Checked], facts: Mapping[str, str]) -> str:
    """A page of HTML that asks for nothing from elsewhere.

    Args:
        answers: In the order of the page.
        claims: What is said elsewhere, checked.
        facts: What has to be known of all of it, by name: what it was made by and what it cost.
    """
    body = "".join(map(_section, answers))
    known = "".join(f"<li>{escape(name)}: {escape(one_line(value))}</li>" for name, value in facts.items())
    contents = "".join(
        f'<li><a href="#{escape(each.study.name)}">{escape(each.study.name)}</a> {_word(each.word)} '
        f"{escape(each.study.question)}</li>"
        for each in answers
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>langmix: studies</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Studies</h1><p>A study is supported where the whole "
        "interval of each of its claims meets it, contradicted where none of an interval does, else undecided. The "
        f"grey band is the margin: differences in it would not matter.</p><ul>{contents}</ul>{body}{_claims(claims)}"
        f"<h2>What it was made by</h2><ul>{known}</ul></main></body></html>\n"
    )


def markdown(answers: Sequence[Answer], claims: Sequence[Checked], facts: Mapping[str, str]) -> str:
    """The same as Markdown; see `html` for the arguments."""
    lines = ["# Studies", ""]
    for each in answers:
        lines += [f"## {each.study.name}: {each.word}", "", f"{each.study.question} {each.study.note}".rstrip(), ""]
        for title, rows in tables(each):
            lines += [f"{title}:", "", f"| {' | '.join(_HEADINGS)} |", "|---|---|---:|---:|---:|---:|---:|---|"]
            lines += [f"| {' | '.join(cell.replace('|', '/') for cell in _cells(row))} |" for row in rows]
            lines.append("")
        for line in (*_remarks(each), f"`{_command(each)}`"):
            lines += [line, ""]
    lines += ["## What is said of hybrid batches", "", "| claim | checked against | verdict | evidence |"]
    lines.append("|---|---|---|---|")
    lines += [f"| {each.says} | {each.kind} | {each.word or '–'} | {each.evidence} |" for each in claims]
    lines += ["", "## What it was made by", "", *(f"* {name}: {one_line(value)}" for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def _section(answer: Answer) -> str:
    study = answer.study
    parts = [
        f'<section id="{escape(study.name)}"><h2>{escape(study.name)}: {_word(answer.word)}</h2>',
        f"<p><b>{escape(study.question)}</b> {escape(study.note)}</p>",
    ]
    for title, rows in tables(answer):
        scale: dict[str, float] = {}  # each measure has its own
        for row in rows:
            farthest = max(abs(row["ci_low"]), abs(row["ci_high"]), row["margin"])
            if math.isfinite(farthest):
                scale[row["measure"]] = max(farthest, scale.get(row["measure"], 0.0))
        head = "".join(f'<th scope="col">{heading}</th>' for heading in (*_HEADINGS[:-1], "", _HEADINGS[-1]))
        lines = "".join(_line(row, scale.get(row["measure"], 1.0)) for row in rows)
        parts.append(
            f'<div class="wide"><table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>"
        )
    parts += [f"<p>{escape(line)}</p>" for line in _remarks(answer)]
    parts.append(f"<p><code>{escape(_command(answer))}</code></p></section>")
    return "".join(parts)


def _claims(claims: Sequence[Checked]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in ("claim", "checked against", "verdict", "evidence"))
    lines = "".join(
        f"<tr><td>{escape(each.says)}</td><td>{each.kind}</td><td>{_word(each.word) if each.word else '–'}</td>"
        f"<td>{escape(each.evidence)}</td></tr>"
        for each in claims
    )
    return (
        '<section id="claims"><h2>What is said of hybrid batches</h2><div class="wide"><table class="claims">'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div></section>"
    )


def _line(row: Mapping[str, Any], scale: float) -> str:
    *cells, word = _cells(row)
    told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{told}<td>{_picture(row, scale)}</td><td>{_word(word)}</td></tr>"


def _picture(row: Mapping[str, Any], scale: float) -> str:
    """The interval, with 0 and the margin: on one scale in all rows of a table and measure."""

    def at(value: float) -> float:
        return round(_WIDTH * (0.5 + 0.48 * max(-1.0, min(1.0, value / scale))), 1)

    low, high, margin = row["ci_low"], row["ci_high"], row["margin"]
    if math.isnan(low) or math.isnan(high):
        return ""
    middle, said = _HEIGHT / 2, f"change {_cells(row)[4]}, interval {_cells(row)[5]}, margin {margin:g}"
    return (
        f'<svg role="img" aria-label="{escape(said)}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<rect x="{at(-margin)}" width="{at(margin) - at(-margin):.1f}" height="{_HEIGHT}" fill="var(--band)"/>'
        f'<path d="M{at(0)} 0V{_HEIGHT}" stroke="var(--line)"/>'
        f'<g class="{row["word"]}" stroke="currentColor" fill="currentColor">'
        f'<path d="M{at(low)} {middle}H{at(high)}" stroke-width="2"/>'
        f'<circle cx="{at(row["difference"])}" cy="{middle}" r="3.5"/></g></svg>'
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    """What is printed of a row, in the order of `_HEADINGS`."""
    of = measure(str(row["measure"]))
    claim = claimed(row)
    figures = [of.text(row["against_mean"]), of.text(row["mean"]), of.text(row["difference"], "+")]
    interval = f"{of.text(row['ci_low'], '+')} to {of.text(row['ci_high'], '+')}"
    return [claim, of.heading.replace("\n", " "), *figures, interval, chance(row["p"]), str(row["word"])]


def _word(word: str) -> str:
    return f'<span class="{word}">{word}</span>'


def _remarks(answer: Answer) -> list[str]:
    """What has to be said under the tables."""
    found = [
        f"Languages as a sample: {title}: p = {printed(p, 4)} over all ways to split them."
        for title, p in answer.permutations.items()
    ]
    found += [f"{line}." for line in published_beside(answer)]
    if answer.short:
        found.append(f"Undecided by the plan: {answer.short}.")
    return [*found, *([how(answer.rows)] if len(answer.rows) else [])]


def _command(answer: Answer) -> str:
    return f"langmix study {answer.study.name}"
