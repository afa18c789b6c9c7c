"""Parallel questions and answer passages in fifteen languages, made from Unicode CLDR.

The facts (currencies, official languages, language use, scripts, weeks, time zones) and all names come from the CLDR
release inside the installed Babel; the sentences around them were written for langmix. Nothing is downloaded.
"""

from langmix.atlas.items import VERSION, Item, fingerprint, items
from langmix.atlas.names import LANGUAGES
from langmix.atlas.selection import selected

__all__ = ["LANGUAGES", "VERSION", "Item", "fingerprint", "items", "selected"]
