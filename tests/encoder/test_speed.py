"""What is fastest here is measured once, kept, and chosen only where it leads."""

import pytest

from langmix.encoder import speed
from langmix.encoder.speed import Speed
from langmix.errors import LangmixError
from langmix.store import Store


def measured(torch, onednn, bf16):
    tasks = {"fp32": {"torch": torch, "onednn": onednn}, "bf16": {"torch": bf16}}
    return Speed("a processor", 2, {"encoding": tasks, "training": tasks})


@pytest.mark.parametrize(
    ("times", "product", "precision"),
    [
        ((10, 10, 10), "torch", "fp32"),
        ((10, 9.2, 8.5), "torch", "fp32"),  # leads of less than a tenth
        ((10, 9.0, 8.0), "onednn", "bf16"),
        ((10, 5.0, 8.0), "onednn", "fp32"),
        ((10, 20, 30), "torch", "fp32"),
    ],
)
def test_only_a_lead_of_a_tenth_is_taken(times, product, precision):
    for task in ("encoding", "training"):
        assert measured(*times).product(task, "fp32") == product
        assert measured(*times).precision(task) == precision


def test_a_torch_without_onednn_has_one_choice():
    assert measured(10, float("inf"), 5).product("encoding", "bf16") == "torch"


def test_it_is_measured_once_in_a_store(tmp_path, monkeypatch):
    store = Store.at(tmp_path / "store")
    first = Speed.here(store)
    assert all(times > 0 for task in first.milliseconds.values() for each in task.values() for times in each.values())
    assert first.milliseconds.keys() == {"encoding", "training"}
    monkeypatch.setattr(speed, "_measured", lambda: pytest.fail("measured again"))
    Speed.here.__func__.cache_clear()
    assert Speed.here(store) == first
    (kept,) = store.speed.glob("*/milliseconds.json")
    kept.write_text(kept.read_text().replace(".", "1"))
    Speed.here.__func__.cache_clear()
    with pytest.raises(LangmixError, match="differs from its checksum; remove the folder to make it anew"):
        Speed.here(store)


def test_another_number_of_threads_is_measured_by_itself(tmp_path, monkeypatch):
    store, counts = Store.at(tmp_path / "store"), []
    monkeypatch.setattr(speed, "_measured", lambda: {"encoding": {}, "training": {}})
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        Speed.here.__func__.cache_clear()
        counts.append(Speed.here(store).threads)
    assert counts == [1, 3]
    assert len(list(store.speed.glob("*/milliseconds.json"))) == 2


def test_slow_bf16_is_told_with_its_ratio(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(Speed, "here", lambda _: measured(10, 10, 25))
    speed.warn_of_slow_bf16(Store.at(tmp_path), "encoding", "retrieval.precision")
    (line,) = caplog.messages
    assert line == (
        "retrieval.precision=bf16: takes 2.5 times as long as fp32 here, as measured on this processor, a processor "
        "with 2 threads; retrieval.precision=auto takes what is faster"
    )
    caplog.clear()
    monkeypatch.setattr(Speed, "here", lambda _: measured(10, 10, 9.5))
    speed.warn_of_slow_bf16(Store.at(tmp_path), "encoding", "retrieval.precision")
    assert not caplog.messages
