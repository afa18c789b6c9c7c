"""Published files over HTTP: fetched once, held to their checksums."""

import hashlib
import http.server
import threading

import pytest

from langmix.collection.download import download
from langmix.collection.lareqa import lareqa
from langmix.errors import LangmixError
from langmix.store import Store
from tests.collection.sample_lareqa import sample, write


@pytest.fixture
def server(tmp_path):
    """A server of a data set on this machine: its address, its folder and the paths it was asked for."""
    folder = tmp_path / "published"
    write(folder, sample())
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *arguments):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}", folder, asked
        served.shutdown()
        thread.join()


def checksums(folder):
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*.json"))}


def test_published_files_are_fetched_once_and_hold_what_local_ones_do(server, tmp_path):
    url, folder, asked = server
    arguments = ("toy", None, ["zh", "en"], url, checksums(folder), Store(tmp_path / "store"))
    first = lareqa(*arguments)
    assert asked == ["/zh.json", "/en.json"]
    assert lareqa(*arguments).fingerprint == first.fingerprint
    assert len(asked) == 2
    assert lareqa("toy", folder, ["zh", "en"], url, checksums(folder), tmp_path).fingerprint == first.fingerprint
    kept = sorted(path.name for path in (tmp_path / "store" / "collections" / "toy").iterdir())
    assert [name for name in kept if name != ".lock"] == ["en.json", "zh.json"]


def test_wrong_checksum_leaves_nothing(server, tmp_path):
    url, folder, _ = server
    found = checksums(folder)["en"]
    with pytest.raises(LangmixError) as caught:
        lareqa("toy", None, ["en"], url, {"en": "0" * 64}, Store(tmp_path / "store"))
    message = str(caught.value)
    assert "\n" not in message
    assert all(part in message for part in (f"{url}/en.json", found, "0" * 64, "dataset.path=FOLDER"))
    assert [path.name for path in (tmp_path / "store" / "collections" / "toy").iterdir()] in ([], [".lock"])


def test_damaged_copy_is_fetched_again(server, tmp_path):
    url, folder, asked = server
    target = tmp_path / "copy" / "en.json"
    for damage in (b"", b"half"):
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(damage)
        (tmp_path / "copy" / "en.json.partial").write_bytes(b"left by a killed process")
        assert download(f"{url}/en.json", checksums(folder)["en"], target) == target
        assert target.read_bytes() == (folder / "en.json").read_bytes()
    assert len(asked) == 2


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "file:///no/such/folder", "not an address"]
)
def test_unreachable_address_says_what_to_do(tmp_path, url):
    with pytest.raises(LangmixError) as caught:
        lareqa("toy", None, ["en"], url, {"en": "0" * 64}, Store(tmp_path / "store"))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"cannot download {url}/en.json (")
    assert message.endswith("pass dataset.path=FOLDER with the files of the data set")


def test_missing_on_the_server(server, tmp_path):
    url, *_ = server
    with pytest.raises(LangmixError, match=r"^cannot download \S+/de.json \(HTTP Error 404: "):
        lareqa("toy", None, ["de"], url, {"de": "0" * 64}, Store(tmp_path / "store"))


def test_store_that_cannot_be_written(server, tmp_path):
    url, folder, _ = server
    (tmp_path / "store").write_text("a file where a folder should be")
    with pytest.raises(LangmixError, match=r"store/collections/toy/en.json: cannot be written"):
        lareqa("toy", None, ["en"], url, checksums(folder), Store(tmp_path / "store"))
