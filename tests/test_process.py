import json
import os
import signal
import threading

import pytest

from langmix.process import Terminated, ended_by_sigterm, identity, is_gone

PRINTS_ITS_IDENTITY = "from langmix.process import identity; print(identity())"


def test_living_process_is_not_gone():
    assert not is_gone(identity())


def test_ended_process_is_gone(start):
    process = start(PRINTS_ITS_IDENTITY)
    owner, _ = process.communicate(timeout=30)
    assert json.loads(owner)["pid"] == process.pid
    assert is_gone(owner)


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"start": "1"}, True),  # a later process with the same number
        ({"boot": "before"}, True),
        ({"host": "elsewhere", "pid": 2**22 + 1}, False),
        ({"namespace": "pid:[1]", "pid": 2**22 + 1}, False),
    ],
)
def test_only_what_this_host_knows_counts(change, gone):
    assert is_gone(json.dumps(json.loads(identity()) | change)) == gone


@pytest.mark.parametrize("owner", ["", "no json", "[]", "{}", "7"])
def test_unreadable_owner_is_left_alone(owner):
    assert not is_gone(owner)


def test_sigterm_raises_inside_the_block_and_the_handler_goes_with_it():
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with pytest.raises(Terminated) as caught, ended_by_sigterm():
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_other_threads_and_other_handlers_are_left_alone():
    def inside():
        with ended_by_sigterm():
            seen.append(signal.getsignal(signal.SIGTERM))

    seen = []
    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    with ended_by_sigterm():
        first = signal.getsignal(signal.SIGTERM)
        inside()
    assert seen == [signal.SIG_DFL, first]
