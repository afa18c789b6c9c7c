import pytest

from langmix import languages
from langmix.errors import LangmixError

XNLI = ["ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"]
XQUAD = ["ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh"]
MLQA = ["ar", "de", "en", "es", "hi", "vi", "zh"]


def test_the_evaluation_languages_are_there():
    assert {*XNLI, *XQUAD, *MLQA} <= languages.table().keys()


def test_languages_of_the_paper():
    trained = {code for code, entry in languages.table().items() if entry.paper == "trained"}
    unseen = {code for code, entry in languages.table().items() if entry.paper == "unseen"}
    assert trained == {"ar", "zh", "en", "de", "hi", "ru", "es", "th", "tr"}
    assert {"el", "vi", "bn", "fa", "fi", "fr", "id", "ja", "ko", "sw", "te"} == unseen


def test_every_row_is_complete():
    for code, entry in languages.table().items():
        assert entry.code == code
        assert all((entry.name, entry.family, entry.genus, entry.script))
        assert entry.resource is None or 0 <= entry.resource <= 5


@pytest.mark.parametrize(("wrong", "meant"), [("ger", "de"), ("German", "de"), ("english", "en"), ("zh-CN", "zh")])
def test_an_unknown_language_is_answered_with_the_nearest(wrong, meant):
    with pytest.raises(
        LangmixError, match=rf"^corpus: unknown language '{wrong}'; did you mean '{meant}'\? \(known: af "
    ):
        languages.language(wrong, "corpus: ")


def test_nonsense_is_answered_with_the_list():
    with pytest.raises(LangmixError, match=r"unknown language 'qqqq' \(known:"):
        languages.language("qqqq")
