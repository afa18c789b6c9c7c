"""Strings that nobody expects and everybody meets: in files from the web, in names of folders, in ids of others."""

from hypothesis import strategies as st

from langmix.texts import is_empty

NASTY = (
    *("", " ", "\u3000", "\0", "\u200b", "\ufeff", "\xad", "\u2060\u200e", "\u3164"),  # nothing to be seen
    *(
        "a\tb",
        "a\nb",
        "a\rb",
        "a\r\nb",
        "\ta",
        "a\r",
        "a,b",
        'a "b" c',
        '"',
        '","',
        "'",
        "\\",
        "\\n",
        "a\u2028b",
        "a\x85b",
    ),
    *(
        "[bold]a",
        "[/]",
        "[/bold]",
        "[link=x]y",
        ":pig:",
        "$x$",
        "$\\frac{",
        "$",
        "a_b^c",
        "{a}",
        "{",
        "%s",
        "<b>",
        "_a",
    ),
    *(
        "\x1b[31ma",
        "a\bb",
        "a\0b",
        "\u202ea\u202c",
        "\u2066a",
        "a\u200db",
        "می\u200cخواهم",
        "é",
        "e\u0301",
        "ﷺ",
        "🙂",
        "…",
    ),
    *("../a", "/a", "~", "a/b", ".", "null", "nan", "None", "true", "no", "-1", "1e5", "query.en", "=1+1", "." * 61),
    *("\ud83d", "a\udcffb", "\ufffe", "\U0010ffff", "a" * 70_000),
)

HOSTILE = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(codec=None), max_size=8),
    st.tuples(st.sampled_from(NASTY), st.sampled_from(NASTY)).map("".join),
)


def is_unicode(text):
    """Whether a text has no half of a surrogate pair, which no encoding writes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_readable(text):
    """Whether a text is one that readers take."""
    return is_unicode(text) and not is_empty(text)
