"""The circuit: a dead endpoint is left alone, tried now and then, and used again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconcile.errors import Changed, NotFound, ReconcileError, Throttled, Transient, Unanswered
from reconcile.stores.circuit import Circuit, CircuitOpen, Guarded
from reconcile.stores.memory import MemoryStore
from reconcile.stores.retrying import Retrying
from tests.unit.fake_time import FakeTime

SILENT = Unanswered("connection refused")


class Endpoint:
    """Answers, or fails as it is told; counts who touched it."""

    def __init__(self, error: BaseException | None = SILENT) -> None:
        self.error = error
        self.touched = 0

    def __call__(self) -> str:
        self.touched += 1
        if self.error is not None:
            raise self.error
        return "here"


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def circuit(time: FakeTime) -> Circuit:
    return Circuit("s3.example", failures=3, cool_down=30.0, clock=time.clock)


def touch(circuit: Circuit, endpoint: Callable[[], object], *, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises((ReconcileError, KeyboardInterrupt)):
            circuit.asked(endpoint)


def test_an_endpoint_that_is_silent_is_soon_left_alone(circuit: Circuit, time: FakeTime) -> None:
    dead = Endpoint()
    touch(circuit, dead)
    time.now += 40
    touch(circuit, dead, times=2)
    time.now += 12
    with pytest.raises(CircuitOpen) as caught:
        circuit.asked(dead)
    assert dead.touched == 3
    assert str(caught.value) == (
        "s3.example does not answer; found 3 failures in the last 52 s. "
        "Next: check the endpoint and the network; it is tried again in 18 s"
    )


@pytest.mark.parametrize(
    "answer",
    [NotFound("no"), Changed("other"), Throttled("slow down"), Transient("500"), None],
    ids=repr,
)
def test_any_answer_is_an_answer(circuit: Circuit, answer: ReconcileError | None) -> None:
    silent, speaks = Endpoint(), Endpoint(answer)
    for _ in range(5):
        touch(circuit, silent, times=2)
        if answer is None:
            assert circuit.asked(speaks) == "here"
        else:
            touch(circuit, speaks)
    assert (silent.touched, speaks.touched) == (10, 5)


def test_after_the_cool_down_one_call_tries_and_an_answer_closes(
    circuit: Circuit, time: FakeTime
) -> None:
    endpoint = Endpoint()
    touch(circuit, endpoint, times=20)
    assert endpoint.touched == 3
    time.now += 30
    touch(circuit, endpoint, times=20)
    assert endpoint.touched == 4  # still dead: another cool-down
    time.now += 30
    endpoint.error = None
    assert circuit.asked(endpoint) == "here"
    assert circuit.asked(endpoint) == "here"
    endpoint.error = SILENT
    touch(circuit, endpoint, times=20)
    assert endpoint.touched == 4 + 2 + 3  # and counts from the start


def test_while_one_tries_the_others_do_not(circuit: Circuit, time: FakeTime) -> None:
    touch(circuit, Endpoint(), times=3)
    time.now += 31
    asked, answers = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        assert answers.wait(timeout=60)
        return "here"

    other = Endpoint(None)
    with ThreadPoolExecutor(1) as pool:
        trying = pool.submit(circuit.asked, slow)
        assert asked.wait(timeout=60)
        with pytest.raises(CircuitOpen, match="being tried again"):
            circuit.asked(other)
        answers.set()
        assert trying.result(timeout=60) == "here"
    assert circuit.asked(other) == "here"
    assert other.touched == 1


def test_a_try_that_was_interrupted_leaves_the_next_one_to_try(
    circuit: Circuit, time: FakeTime
) -> None:
    touch(circuit, Endpoint(), times=3)
    time.now += 31
    touch(circuit, Endpoint(KeyboardInterrupt()))
    assert circuit.asked(Endpoint(None)) == "here"


class DeadStore(MemoryStore):
    """Nothing can be headed or listed."""

    calls = 0

    def head(self, name: str) -> None:  # type: ignore[override]
        self.calls += 1
        raise SILENT


def test_a_store_behind_an_open_circuit_fails_at_once_in_every_verb(
    circuit: Circuit, time: FakeTime
) -> None:
    dead = DeadStore()
    coat = Retrying(Guarded(dead, circuit))
    while dead.calls < 3:
        with pytest.raises(Unanswered):
            coat.head("k")
    verbs: list[Callable[[], object]] = [
        lambda: coat.head("k"),
        lambda: coat.get("k"),
        lambda: list(coat.list()),
        lambda: coat.put("k", b""),
        lambda: coat.put("k", b"", create_only=True),
        lambda: coat.delete("k"),
        lambda: coat.upload("k"),
        lambda: coat.uploads_of("k"),
    ]
    for verb in verbs:
        with pytest.raises(CircuitOpen):
            verb()
    assert dead.calls == 3
