"""What became of a translated corpus, on one page that needs nothing but itself."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from langmix.texts import one_line
from langmix.translation.gates import Gate, Outcome, Values
from langmix.translation.result import ANSWER, UNTRANSLATED, Result
from langmix.translation.routes import shown
from langmix.translation.run import Translation

_BINS, _WIDTH, _HEIGHT = 40, 260, 56  # of a histogram, in pixels
_SHOWN = 600  # characters of a text

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #8b949e66; --bar: #0969da; --out: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --bar: #58a6ff; --out: #f85149; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 75rem; padding: 1rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.25rem; } h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; }
.wide { overflow-x: auto; } .gates { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
figure { margin: 0; font-size: .85rem; } svg rect { fill: var(--bar); } svg rect.out { fill: var(--out); }
svg line { stroke: var(--ink); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; margin: .75rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
table.texts { table-layout: fixed; width: 100%; } table.texts td, table.texts th { text-align: start; }
table.texts th:first-child { width: 14rem; }
"""


def facts(translation: Translation, results: Sequence[Result]) -> str:
    """The figures of the page as JSON."""
    told = {
        "corpus": translation.corpora[0].name,
        "source": [corpus.fingerprint for corpus in translation.corpora],
        "translators": {shown(hop): translation.translator.identity(*hop) for hop in translation.hops},
        "targets": [_facts(result) for result in results],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _facts(result: Result) -> dict[str, Any]:
    seconds = result.outcome.seconds
    return {
        "route": shown(result.route),
        "given": result.given,
        "translated": result.translated,
        "kept": result.outcome.kept,
        "dropped": dict(result.faults) | dict(result.outcome.dropped),
        "gates": {
            gate.name: {
                "limit": gate.limit,
                "seconds": round(seconds.get(gate.name, 0.0), 3),
                "quantiles": _quantiles(_values(result.outcome, gate)),
            }
            for gate in result.outcome.gates
        },
        "scores": [score._asdict() for score in result.scores],
    }


def _quantiles(values: Values) -> list[float]:
    """Least value, quartiles and greatest value."""
    return [round(each, 4) for each in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()] if len(values) else []


def _values(outcome: Outcome, gate: Gate) -> Values:
    values: Values = np.concatenate([np.empty(0), *outcome.values.get(gate.name, [])])
    measured: Values = values[~np.isnan(values)]
    return measured


def html(name: str, results: Sequence[Result]) -> str:
    """A page of HTML that asks for nothing from elsewhere.

    Args:
        name: Of the corpus.
        results: In the order of the page.
    """
    title = f"langmix: {name}, translated"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(name)}, translated</h1>"
        "<p>A row is a pair in one language. It is dropped by the first gate that it does not pass; in a histogram, "
        "the line is the threshold and what does not pass is red.</p>"
        f"{_counts(results)}{''.join(map(_section, results))}</main></body></html>\n"
    )


def reasons(results: Sequence[Result]) -> list[str]:
    """What held rows up, in the order in which they come to it."""
    names = [UNTRANSLATED, ANSWER, *(gate.name for result in results for gate in result.outcome.gates)]
    found = {name for result in results for name in (*result.faults, *result.outcome.dropped)}
    return [name for name in dict.fromkeys(names) if name in found]


def _counts(results: Sequence[Result]) -> str:
    names = reasons(results)
    head = "".join(f"<th>{escape(each)}</th>" for each in ("route", "given", "translated", *names, "kept", "share"))
    body = ""
    for result in results:
        held_up = [result.faults[name] + result.outcome.dropped[name] for name in names]
        share = f"{result.outcome.kept / result.translated:.1%}" if result.translated else "–"
        cells = (shown(result.route), result.given, result.translated, *held_up, result.outcome.kept, share)
        body += f"<tr>{''.join(f'<td>{escape(str(each))}</td>' for each in cells)}</tr>"
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _section(result: Result) -> str:
    gates = "".join(_gate(gate, _values(result.outcome, gate), result.outcome) for gate in result.outcome.gates)
    scores = "".join(
        f"<tr><td>{escape(score.side)}</td><td>{score.texts}</td><td>{score.chrf:.1f}</td><td>{score.bleu:.1f}</td></tr>"
        for score in result.scores
    )
    against = (
        "<h3>Against texts that were there</h3><table><tr><th>text</th><th>texts</th><th>chrF</th><th>BLEU</th></tr>"
        f"{scores}</table>"
        if scores
        else ""
    )
    dropped = sorted((each for each in result.samples if each.reason), key=lambda each: str(each.reason))
    kept = [each for each in result.samples if not each.reason]
    rows = "".join(
        f"<tr><td>{escape(one_line(each.id))}<br>{escape(each.reason or 'kept')}</td>"
        f"<td>{_texts(each.row.source)}</td><td>{_texts(each.row.target)}</td></tr>"
        for each in (*dropped, *kept)
    )
    return (
        f'<h2>{escape(shown(result.route))}</h2><div class="gates">{gates}</div>{against}<h3>Samples</h3>'
        f'<table class="texts"><tr><th>pair</th><th>source</th><th>translation</th></tr>{rows}</table>'
    )


def _texts(texts: Sequence[str]) -> str:
    short = (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…" for text in texts)
    return "".join(f'<div dir="auto">{escape(one_line(text))}</div>' for text in short)


def _gate(gate: Gate, values: Values, outcome: Outcome) -> str:
    total = sum(outcome.seconds.values())
    share = f"{outcome.seconds.get(gate.name, 0.0) / total:.0%} of the gates' time" if total else ""
    limit = "nobody is held up" if gate.limit is None else f"{'≤' if gate.at_most else '≥'} {gate.limit:g}"
    picture = _histogram(gate, values) if len(values) else "<p>nothing to measure</p>"
    dropped = outcome.dropped[gate.name]
    return (
        f"<figure><b>{escape(gate.name)}</b> {limit}, {dropped} dropped{picture}"
        f"<figcaption>{escape(gate.title)}<br>{share}</figcaption></figure>"
    )


def _histogram(gate: Gate, values: Values) -> str:
    low, high = float(values.min()), float(np.quantile(values, 0.999))
    if gate.limit is not None:
        low, high = min(low, gate.limit), max(high, gate.limit)
    high = high if high > low else low + 1
    edges = np.linspace(low, high, _BINS + 1)
    counts = np.histogram(np.clip(values, low, high), edges)[0]
    tallest, wide = max(1, int(counts.max())), _WIDTH / _BINS
    bars = ""
    for number, count in enumerate(counts.tolist()):
        middle = (edges[number] + edges[number + 1]) / 2
        tall = max(1.0, count / tallest * _HEIGHT) if count else 0.0
        kind = "" if gate.passes(np.array([middle]))[0] else ' class="out"'
        bars += (
            f'<rect{kind} x="{number * wide:.1f}" y="{_HEIGHT - tall:.1f}" width="{wide - 0.5:.1f}" '
            f'height="{tall:.1f}"><title>{middle:.3g}: {count}</title></rect>'
        )
    if gate.limit is not None:
        at = (gate.limit - low) / (high - low) * _WIDTH
        bars += f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{_HEIGHT}"/>'
    return (
        f'<br><svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(gate.title)}">{bars}</svg>'
        f"<br>{low:.2g} to {high:.2g}"
    )
