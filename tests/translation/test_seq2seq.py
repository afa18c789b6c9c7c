"""Translation models in the exact class and tokenizer format of the published ones, with random weights."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sentencepiece
import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer, NllbTokenizer

from langmix.errors import LangmixError
from langmix.translation.seq2seq import Seq2Seq

TEXTS = ["the cat sat on the mat", "a dog", "where is the old town of the river people?", "cat"]


@pytest.fixture(scope="session")
def spm(tmp_path_factory):
    """A small SentencePiece model, of the kind that M2M100 has."""
    folder = tmp_path_factory.mktemp("spm")
    (folder / "text").write_text("\n".join([*TEXTS, *"abcdefghijklmnopqrstuvwxyz?"] * 20))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"),
        model_prefix=str(folder / "spm"),
        vocab_size=45,
        minloglevel=2,
        character_coverage=1.0,
    )
    return folder / "spm.model"


def model(size, codes):
    """Random weights, with which words are more probable than the ``codes`` of languages behind them."""
    torch.manual_seed(1)
    config = M2M100Config(
        vocab_size=size,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        init_std=0.5,
    )
    made = M2M100ForConditionalGeneration(config)
    with torch.no_grad():
        made.model.shared.weight[codes:] *= 0.6
        made.model.shared.weight[:4] *= 0.2
    return made


@pytest.fixture(scope="session")
def m2m100(spm, tmp_path_factory):
    """A folder as facebook/m2m100_418M's."""
    folder = tmp_path_factory.mktemp("m2m100")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(spm))
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    for number in range(3, pieces.get_piece_size()):
        vocabulary[pieces.id_to_piece(number)] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(spm), language_codes="m2m100")
    tokenizer.save_pretrained(folder)
    size = len(vocabulary) + len(tokenizer.lang_code_to_token) + tokenizer.num_madeup_words
    model(size, len(vocabulary)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def nllb(tmp_path_factory):
    """A folder as facebook/nllb-200-distilled-600M's."""
    folder = tmp_path_factory.mktemp("nllb")
    letters = ["▁", *"abcdefghijklmnopqrstuvwxyz?"]
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3} | {each: 4 + n for n, each in enumerate(letters)}
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[])
    tokenizer.save_pretrained(folder)
    model(len(tokenizer), len(vocabulary)).save_pretrained(folder)
    return folder


def translator(folder, **options):
    return Seq2Seq("nobody/nothing", "0" * 40, folder, **{"beams": 2} | options)


def alone(folder, text, source, target):
    """One text by `transformers`' own way."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.src_lang = source
    inputs = tokenizer(text, return_tensors="pt")
    code = tokenizer.convert_tokens_to_ids(getattr(tokenizer, "lang_code_to_token", {}).get(target, target))
    most = 2 * inputs.input_ids.shape[1] + 20
    made = (
        AutoModelForSeq2SeqLM.from_pretrained(folder)
        .eval()
        .generate(**inputs, forced_bos_token_id=code, num_beams=2, do_sample=False, max_new_tokens=most)
    )
    return re.sub("__[a-z]+__", "", tokenizer.decode(made[0], skip_special_tokens=True)).strip()


@pytest.mark.parametrize("codes", [("m2m100", "en", "es"), ("nllb", "eng_Latn", "spa_Latn")])
def test_translations_are_those_of_transformers_whatever_is_beside_them(codes, request):
    kind, source, target = codes
    folder = request.getfixturevalue(kind)
    # One length a batch: padding would change the length that the search may take.
    found = [each.text for each in translator(folder, batch_tokens=1).translate(TEXTS, "en", "es")]
    assert found == [alone(folder, text, source, target) or None for text in TEXTS]
    assert len(set(found)) > 1
    assert not any("__" in text or "Latn" in text for text in found)
    other = [each.text for each in translator(folder, batch_tokens=1).translate(TEXTS, "en", "fr")]
    assert other != found
    together = translator(folder).translate(TEXTS, "en", "es")
    assert together == translator(folder).translate(TEXTS, "en", "es")


def test_a_sentence_that_is_too_long_is_lost_alone(m2m100):
    found = translator(m2m100, longest=12).translate(TEXTS, "en", "es")
    assert [each.text is None for each in found] == [
        len(translator(m2m100)._tokenizer(text).input_ids) > 12 for text in TEXTS
    ]
    assert any(each.text is None for each in found)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "eng_Latn"),
        ("ar", "arb_Arab"),
        ("fa", "pes_Arab"),
        ("zh", "zho_Hans"),
        ("zh-Hant", "zho_Hant"),
        ("ko", "kor_Hang"),
        ("no", "nob_Latn"),
        ("sw", "swh_Latn"),
        ("ps", "pbt_Arab"),
        ("sr-Latn", None),
        ("fy", None),
    ],
)
def test_nllb_knows_languages_by_script(nllb, language, code):
    assert translator(nllb)._code(language) == code


def test_a_language_that_a_model_does_not_know(m2m100, nllb):
    translator(m2m100).check("en", "sw", [])
    with pytest.raises(LangmixError, match=r"does not know 'eu' \(knows: af am ar"):
        translator(m2m100).check("en", "eu", [])
    with pytest.raises(LangmixError, match=r"does not know 'fy' \(knows: .*spa-Latn"):
        translator(nllb).check("fy", "en", [])


def test_what_makes_other_translations_is_another_identity(m2m100, nllb):
    options = ({}, {"beams": 1}, {"longest": 9})
    made = {translator(folder, **each).identity("en", "es") for folder in (m2m100, nllb) for each in options}
    assert len(made) == 6


def test_models_that_cannot_be_had(tmp_path):
    with pytest.raises(
        LangmixError, match=r"is not in the Hugging Face cache and HF_HUB_OFFLINE is set; run `hf downl"
    ):
        translator(None)
    with pytest.raises(LangmixError, match="no such folder"):
        translator(tmp_path / "none")
    with pytest.raises(LangmixError, match="transformers cannot load its tokenizer"):
        translator(tmp_path).check("en", "es", [])
    with pytest.raises(LangmixError, match="beams=0"):
        translator(tmp_path, beams=0)


def test_copies_of_a_model_translate_side_by_side(m2m100):
    two = translator(m2m100, devices=["cpu", "cpu"])
    assert two.workers == 2
    directions = [("en", "es"), ("en", "fr"), ("de", "es")] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: two.translate(TEXTS, *each), directions))
    assert found == [translator(m2m100).translate(TEXTS, *each) for each in directions]
    with pytest.raises(LangmixError, match="cannot load it on cuda:7"):
        translator(m2m100, devices=["cuda:7"]).translate(TEXTS, "en", "es")
