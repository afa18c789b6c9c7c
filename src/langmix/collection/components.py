"""Which questions belong together because they were asked about the same text."""

from collections.abc import Sequence


def connected(questions: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Name the connected component of every query; ``[queries]``.

    Queries of one question are connected, and so are queries of one source, such as a paragraph. Where each language
    has paragraphs of its own, a question joins those of its translations, and whatever else was asked about them: what
    is drawn from the components is then independent of what was not, as far as sources go.

    Args:
        questions: Question of each query, ``[queries]``.
        sources: Source of each query, ``[queries]``.

    Returns:
        The source that comes first among those of the component.
    """
    above: dict[str, str] = {}

    def root(source: str) -> str:
        above.setdefault(source, source)
        while above[source] != source:
            above[source] = source = above[above[source]]
        return source

    place = {source: index for index, source in enumerate(dict.fromkeys(sources))}
    met: dict[str, str] = {}
    for question, source in zip(questions, sources, strict=True):
        first, later = sorted((root(met.setdefault(question, source)), root(source)), key=place.__getitem__)
        above[later] = first
    return [root(source) for source in sources]
