"""One run at a time on a window, whatever races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import text

from reconcile.errors import Transient, WindowHeld
from reconcile.state.database import State
from reconcile.state.lease_keeper import LeaseKeeper
from reconcile.state.leases import Leases

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
TTL = timedelta(minutes=10)
WINDOW = ("flights", "2013-01-05")


def test_a_held_window_names_its_holder_and_the_leases_end(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    with pytest.raises(
        WindowHeld, match=r"held by another run; found run r1.*2026-03-01T05:10:00Z"
    ):
        state.leases.acquire(*WINDOW, "r2", now=NOW, ttl=TTL)


def test_other_windows_and_datasets_are_free(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    state.leases.acquire("flights", "2013-01-06", "r2", now=NOW, ttl=TTL)
    state.leases.acquire("weather", "2013-01-05", "r3", now=NOW, ttl=TTL)


def test_the_same_run_may_acquire_again(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    again = state.leases.acquire(*WINDOW, "r1", now=NOW + TTL / 2, ttl=TTL)
    assert state.leases.holder(*WINDOW) == again
    assert again.ends_at == NOW + TTL * 1.5


def test_a_lease_is_good_until_its_end_and_taken_over_from_then_on(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    with pytest.raises(WindowHeld):
        state.leases.acquire(*WINDOW, "r2", now=NOW + TTL - timedelta(microseconds=1), ttl=TTL)
    state.leases.acquire(*WINDOW, "r2", now=NOW + TTL, ttl=TTL)
    with pytest.raises(WindowHeld, match="run r2"):
        state.leases.renew(*WINDOW, "r1", now=NOW + TTL, ttl=TTL)


def test_a_late_renewal_holds_where_nobody_took_over(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    state.leases.renew(*WINDOW, "r1", now=NOW + 2 * TTL, ttl=TTL)
    with pytest.raises(WindowHeld):
        state.leases.acquire(*WINDOW, "r2", now=NOW + 2 * TTL, ttl=TTL)


def test_only_the_holder_releases(state: State) -> None:
    state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
    state.leases.release(*WINDOW, "r2")
    with pytest.raises(WindowHeld):
        state.leases.acquire(*WINDOW, "r2", now=NOW, ttl=TTL)
    state.leases.release(*WINDOW, "r1")
    state.leases.acquire(*WINDOW, "r2", now=NOW, ttl=TTL)


def test_a_released_lease_cannot_be_renewed(state: State) -> None:
    with pytest.raises(WindowHeld, match="was lost"):
        state.leases.renew(*WINDOW, "r1", now=NOW, ttl=TTL)


@pytest.mark.parametrize("expired", [False, True], ids=["free", "expired"])
def test_of_many_that_race_exactly_one_wins(open_state: Callable[[], State], expired: bool) -> None:
    racers = [open_state() for _ in range(6)]
    if expired:
        racers[0].leases.acquire(*WINDOW, "dead", now=NOW - 2 * TTL, ttl=TTL)
    start = Barrier(len(racers))

    def raced(number: int) -> str | None:
        start.wait()
        try:
            return racers[number].leases.acquire(*WINDOW, f"r{number}", now=NOW, ttl=TTL).run_id
        except WindowHeld:
            return None

    with ThreadPoolExecutor(len(racers)) as pool:
        winners = [run_id for run_id in pool.map(raced, range(len(racers))) if run_id]
    holder = racers[0].leases.holder(*WINDOW)
    assert holder is not None
    assert winners == [holder.run_id]


class Clock:
    """Goes on by a minute whenever it is asked; `asked` is set from the given asking on."""

    def __init__(self, *, announce: int) -> None:
        self.now = NOW
        self.asked = Event()
        self._left = announce

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        self._left -= 1
        if self._left <= 0:
            self.asked.set()
        return self.now


SOON = timedelta(milliseconds=30)


def test_a_keeper_renews_while_work_goes_on(state: State) -> None:
    clock = Clock(announce=4)
    with LeaseKeeper(state.leases, *WINDOW, "r1", ttl=SOON, clock=clock) as keeper:
        assert clock.asked.wait(20)
        keeper.check()
    holder = state.leases.holder(*WINDOW)
    assert holder is not None
    assert holder.run_id == "r1"
    assert holder.ends_at >= NOW + timedelta(minutes=3)


def test_a_keeper_tells_that_the_lease_was_lost(state: State) -> None:
    keeper = LeaseKeeper(state.leases, *WINDOW, "r1", ttl=SOON, clock=Clock(announce=10**9))
    with pytest.raises(WindowHeld, match="run r2"), keeper:  # noqa: PT012
        state.leases.acquire(*WINDOW, "r2", now=NOW + timedelta(days=1), ttl=TTL)
        keeper._thread.join(20)


def test_the_works_own_error_is_not_hidden_by_a_lost_lease(state: State) -> None:
    keeper = LeaseKeeper(state.leases, *WINDOW, "r1", ttl=SOON, clock=Clock(announce=10**9))
    with pytest.raises(ZeroDivisionError), keeper:  # noqa: PT012
        state.leases.release(*WINDOW, "r1")
        keeper._thread.join(20)
        raise ZeroDivisionError


class Outage(Leases):
    """Leases whose database does not answer the first renewals."""

    def __init__(self, leases: Leases, *, failures: int) -> None:
        super().__init__(leases._transactions)
        self._failures = failures

    def renew(self, *args: str, **kwargs: object) -> object:  # type: ignore[override]
        if self._failures:
            self._failures -= 1
            raise Transient("the database does not answer")
        return super().renew(*args, **kwargs)  # type: ignore[arg-type]


def test_a_keeper_outlives_an_outage_shorter_than_its_lease(state: State) -> None:
    asked = Event()
    times = iter([NOW, NOW, NOW, NOW])

    def clock() -> datetime:
        now = next(times, None)
        if now is None:
            asked.set()
        return now or NOW

    leases = Outage(state.leases, failures=2)
    with LeaseKeeper(leases, *WINDOW, "r1", ttl=SOON, clock=clock) as keeper:
        assert asked.wait(20)
        keeper.check()


def test_a_keeper_gives_up_when_the_lease_ends_in_an_outage(state: State) -> None:
    leases = Outage(state.leases, failures=10**9)
    clock = Clock(announce=10**9)
    with (
        pytest.raises(Transient),
        LeaseKeeper(leases, *WINDOW, "r1", ttl=SOON, clock=clock) as keeper,
    ):
        keeper._thread.join(20)


@pytest.mark.servers
@pytest.mark.xdist_group("postgresql")
def test_a_lost_connection_is_replaced_unnoticed(postgresql_url: str) -> None:
    State.upgrade(postgresql_url)
    with State.open(postgresql_url) as state, State.open(postgresql_url) as other:
        with state._transactions.read() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other._transactions.read() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
        state.leases.acquire(*WINDOW, "r1", now=NOW, ttl=TTL)
