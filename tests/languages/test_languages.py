import re

import pytest
from babel import localedata

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


NTREX = (
    "am ar bg bn ca cs da de el en es et eu fa fi fr ha he hi hr hu id it ja km ko mr my nl pl pt ro ru sr sv sw ta te"
)
MIRACL = "ar bn de en es fa fi fr hi id ja ko ru sw te th yo zh"


@pytest.mark.parametrize("codes", [NTREX, "th tr uk ur vi yo zh zu", MIRACL, "et ht id it qu sw ta th tr vi zh"])
def test_languages_of_published_sets_are_there(codes):
    assert set(codes.split()) <= languages.table().keys()


@pytest.mark.parametrize(
    "code", ["zh-Hans", "zh-Hant", "sr-Latn", "km", "lo", "gl", "is", "ha", "so", "ckb", "nn", "yue"]
)
def test_languages_and_scripts_beside_those_of_the_paper_are_known(code):
    assert languages.language(code).code == code


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("ger", "de"),
        ("deu", "de"),
        ("German", "de"),
        ("Germann", "de"),
        ("english", "en"),
        ("français", "fr"),
        ("中文", "zh"),
        ("pt-BR", "pt"),
        ("pt-br", "pt"),
        ("PT_br", "pt"),
        ("en-US", "en"),
        ("de-DE-1996", "de"),
        ("es-419", "es"),
        ("EN", "en"),
        (" en", "en"),
        ("iw", "he"),
        ("in", "id"),
        ("cmn", "zh"),
        ("zho", "zh"),
        ("chi", "zh"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh_Hans", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zho_Hant", "zh-Hant"),
        ("sh", "sr-Latn"),
        ("srp_Cyrl", "sr"),
        ("arb_Arab", "ar"),
        ("swh", "sw"),
        ("nb", "no"),
        ("nob", "no"),
        ("no-NO", "no"),
        ("fil", "tl"),
        ("tl-PH", "tl"),
    ],
)
def test_another_code_or_name_is_answered_with_the_one_that_is_meant(wrong, meant):
    with pytest.raises(LangmixError, match=rf"^corpus: unknown language '{wrong}'; did you mean '{meant}'\?"):
        languages.language(wrong, "corpus: ")


@pytest.mark.parametrize(
    "wrong", ["qqqq", "xx", "xy-ZZ", "klingon", "arz", "wuu", "", "e", "english question", "\u202een"]
)
def test_what_means_nothing_known_is_answered_with_the_list_and_no_guess(wrong):
    with pytest.raises(LangmixError, match=r"unknown language '.*' \(known: af am ") as caught:
        languages.language(wrong)
    assert "did you mean" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_a_hint_leaves_the_locales_of_others_whole():
    with pytest.raises(LangmixError):
        languages.language("suomalainen")
    assert localedata.load("fi")["character_order"] == "left-to-right"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (False, 'YAML reads no, off and false so; put the code into quotation marks, as in "no" for Norwegian'),
        ("false", "YAML reads no, off and false so"),
        (True, "YAML reads yes, on and true so"),
        (None, "null, where a code such as 'de' or 'zh-Hant' is needed"),
        (12, "12, where a code"),
        (["de"], "\\['de'\\], where a code"),
    ],
)
def test_what_yaml_makes_of_a_bare_word_is_told(code, said):
    with pytest.raises(LangmixError, match=rf"^corpus: a language is .*{said}"):
        languages.language(code, "corpus: ")


@pytest.mark.parametrize("codes", ["en", [], ["en", "en"], None, {"en": "x"}])
def test_a_selection_is_a_list_of_different_languages(codes):
    with pytest.raises(LangmixError, match=r"^corpus: languages=.* has to be a list like \[de, en\], each once"):
        languages.selected(codes, "corpus: ")
    assert languages.selected(["de", "zh-Hant"]) == ("de", "zh-Hant")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes a user's file of languages and names it in the environment."""

    def own(text):
        path = tmp_path / "own.csv"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv(languages.OWN, str(path))

    return own


def test_a_user_adds_languages(own):
    own("\ufeffcode,name,family,resource\narz,Egyptian Arabic,Afro-Asiatic,3\npt-BR,Brazilian Portuguese,,\n")
    assert languages.language("arz") == languages.Language("arz", "Egyptian Arabic", "Afro-Asiatic", "", "", 3, "")
    assert languages.language("pt-BR").resource is None
    assert languages.language("de").name == "German"
    with pytest.raises(LangmixError, match="did you mean 'arz'"):
        languages.language("arz-EG")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nX\n", "has no column 'code' (columns are code name family"),
        ("code,name\nde,German\n", "line 2: language 'de' is known already (German)"),
        ("code,name\narz,A\narz,B\n", "line 3: language 'arz' is known already (A)"),
        ("code,name\n../x,A\n", "line 2: code '../x' has to be a tag like"),
        ("code,name\nall,Allar\n", "line 2: code 'all' has to be a tag like"),
        ("code,name\narz,\n", "line 2: language 'arz' needs a name"),
        ("code,name,resource\narz,A,6\n", "line 2: resource has to be a class from 0 to 5 or empty, not '6'"),
        ("code,name,colour\narz,A,red\n", "line 2: a row has too many cells or an unknown column"),
        ("code,name\narz,A,red\n", "line 2: a row has too many cells or an unknown column"),
        ('code,name\narz,"A', "cannot be read as CSV"),
    ],
)
def test_a_wrong_file_of_languages_is_refused_with_its_line(own, text, said):
    own(text)
    with pytest.raises(LangmixError, match=re.escape(said)) as caught:
        languages.language("de")
    assert f"own.csv ({languages.OWN})" in str(caught.value)


def test_a_missing_file_of_languages(monkeypatch):
    monkeypatch.setenv(languages.OWN, "/nowhere/own.csv")
    with pytest.raises(LangmixError, match=r"/nowhere/own.csv .*: cannot be read as CSV \(No such file"):
        languages.table()
