"""Which language someone means who writes another code for it, or its name."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from babel import localedata
from babel.core import get_global

from langmix.languages import Language

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[-_].*)?")

# Where CLDR, whose aliases these are added to, prefers a code that langmix does not have.
_ALIASES = {"nb": "no", "nob": "no", "fil": "tl", "tgl": "tl"}


def meant(code: str, known: Mapping[str, Language]) -> str | None:
    """The code among ``known`` that another code or a name stands for; None where only guessing would find one.

    Codes may be of ISO 639-1, 639-2 or 639-3, withdrawn (``iw``), in the wrong case, or followed by a script or a
    region as in BCP 47 (``pt-BR``), also behind an underscore. Names are English or the language's own; a misspelt
    English name is recognised where it is close.
    """
    text = code.strip()
    if _TAG.fullmatch(text):
        return _by_tag(text, known)
    name = text.casefold()
    english = {language.name.casefold(): language.code for language in known.values()}
    own = {native.casefold(): each for each in known if (native := _native_name(each))} if name not in english else {}
    names = own | english
    if name in names:
        return names[name]
    near = get_close_matches(name, english, n=1, cutoff=0.8)
    return english[near[0]] if near else None


def _by_tag(tag: str, known: Mapping[str, Language]) -> str | None:
    match = _TAG.fullmatch(tag)
    language, script, region = (part or "" for part in match.groups()) if match else ("", "", "")
    language, implied = language.lower(), ""
    if language not in known:
        alias = _ALIASES.get(language) or get_global("language_aliases").get(language, language)
        language, _, implied = alias.partition("_")
    script = script.title() or (implied if len(implied) == 4 else "")
    if not script and region:
        # Taiwan writes Chinese in a script of its own: zh-TW is zh-Hant, while zh-CN is just zh.
        likely, usual = (
            get_global("likely_subtags").get(each, "").split("_")[1:2]
            for each in (f"{language}_{region.upper()}", language)
        )
        script = "".join(likely) if likely != usual else ""
    tags = [f"{language}-{script}-{region.upper()}", f"{language}-{script}", f"{language}-{region.upper()}", language]
    return next((each for each in tags if each in known), None)


def _native_name(code: str) -> str | None:
    if not localedata.exists(code):
        return None
    name: str | None = localedata.load(code)["languages"].get(code)
    return name
