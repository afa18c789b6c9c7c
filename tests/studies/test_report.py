"""All answers on one page."""

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from langmix.studies.answer import answer
from langmix.studies.claims import Checked
from langmix.studies.published import published
from langmix.studies.report import html, markdown
from langmix.studies.told import published_beside

from .test_answer import GROUPS, contrast, results, study, tables  # noqa: F401  # fixtures

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
CLAIMS = [
    Checked("<i>x</i> is best", "our runs", "undecided", "not run"),
    Checked("y", "not testable offline", "", "z"),
]
FACTS = {"processor": "<b>fast</b>\none", "cells": "13"}


@pytest.fixture(scope="module")
def answers(results):  # noqa: F811
    one = study(contrast("b", "a", "better"), contrast("c", "a", "not worse", GROUPS))
    return [answer(one, {"sample": results}, 500)]


class Page(HTMLParser):
    """What a page holds: its tags in order, and what it refers to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.references = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.references += [value for name, value in attributes if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in ("path", "rect", "circle"):
            return
        assert self.open.pop() == tag


def test_the_page_needs_nothing_but_itself(answers):
    page = Page(html(answers, CLAIMS, FACTS))
    assert page.open == []
    assert page.references == ["#mine"]
    assert "script" not in page.tags
    assert (page.tags.count("svg"), page.tags.count("caption"), page.tags.count("table")) == (2, 2, 3)


def test_what_was_published_stands_beside(answers):
    """One published difference at an end of our interval, one beyond the other."""
    row = answers[0].rows.iloc[0].to_dict()
    ours = {"collection": "xquad_r", "setting": "cross_lingual", "arm": "hybrid", "against": "x_y", "language": "all"}
    xlmr, labse = (
        published("xquad_r", backbone, "hybrid")["xquad_r/cross_lingual/map"]
        - published("xquad_r", backbone, "x_y")["xquad_r/cross_lingual/map"]
        for backbone in ("xlmr_base", "labse")
    )
    ends = {"ci_low": min(xlmr, labse) - 0.0001, "ci_high": (xlmr + labse) / 2}
    lower, higher = ("inside ours", "outside ours") if xlmr < labse else ("outside ours", "inside ours")
    rows = pd.DataFrame([{**row, **ours, **ends}])
    line = f"cross-lingual mAP: XLM-R {xlmr:+.4f} ({lower}), LaBSE {labse:+.4f} ({higher})".replace("+0.", "+.")
    found = list(published_beside(replace(answers[0], rows=rows)))
    assert found == [f"Published, hybrid less x_y, {line}"]
    assert list(published_beside(answers[0])) == []


def test_texts_are_shown_as_they_are(answers):
    text = html(answers, CLAIMS, FACTS)
    assert "&lt;b&gt;fast&lt;/b&gt;" in text
    assert "<b>fast" not in text
    assert "&lt;i&gt;x&lt;/i&gt; is best" in text


def test_both_say_the_same(answers):
    page, text = html(answers, CLAIMS, FACTS), markdown(answers, CLAIMS, FACTS)
    row = next(line for line in text.splitlines() if line.startswith("| b better than a |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    for cell in cells:
        assert cell in re.sub(r"<[^>]+>", "|", page)
    assert cells[-1] == "supported"
    assert text.startswith("# Studies\n\n## mine: supported\n\nIs it? Perhaps.\n")
    assert "`langmix study mine`" in text


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
def test_in_a_browser(answers, width, scheme, tmp_path):
    """It fits a telephone: only tables may be wider, which scroll by themselves; nothing is asked of elsewhere."""
    if BROWSER is None:
        pytest.skip("no browser (Debian: chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    file = tmp_path / "report.html"
    file.write_text(html(answers, CLAIMS, FACTS), encoding="utf-8")
    asked = []
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == {"dark": "rgb(13, 17, 23)", "light": "rgb(255, 255, 255)"}[scheme]
        assert page.locator("svg").first.bounding_box()["width"] == 180
        assert page.get_by_role("img").first.get_attribute("aria-label").startswith("change +")
        browser.close()
    assert asked == [file.as_uri()]


def test_each_measure_has_its_scale(results):  # noqa: F811
    """Rank distances in the hundreds leave differences of mAP their width."""
    both = answer(study(contrast("b", "a", "better", map=0.005, rank_distance=300.0)), {"sample": results}, 500)
    widths = []
    for picture in re.findall(r"<svg.*?</svg>", html([both], CLAIMS, FACTS)):
        low, high = map(float, re.search(r"M([\d.]+) 9.0H([\d.]+)", picture).groups())
        widths.append(high - low)
    assert widths[0] > 5
    assert widths[1] < 1  # an interval of a tenth, with a margin of 300


def test_an_interval_stands_where_it_is(answers):
    """On one scale from -s to s: 0 in the middle, the margin around it."""
    first = re.search(r"<svg.*?</svg>", html(answers, CLAIMS, FACTS))[0]
    assert "M90.0 0V18" in first
    low, high = map(float, re.search(r"M([\d.]+) 9.0H([\d.]+)", first).groups())
    point = float(re.search(r'cx="([\d.]+)"', first)[1])
    assert 90 < low < point < high <= 180
