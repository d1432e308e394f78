"""The retrying coat: what is tried again, what is not, and that a listing stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile.errors import AccessDenied, Changed, NotFound, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import CutShort
from reconcile.stores.retrying import Retrying


class Flaky(MemoryStore):
    """Raises the given errors, one a call, before it works."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.put("a", b"1")
        self.put("b", b"2")
        self.put("c", b"3")
        self.errors = list(errors)
        self.calls = 0

    def _maybe_fail(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        self._maybe_fail()
        return super().get(name, start=start, length=length, if_match=if_match)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        for number, info in enumerate(super().list(prefix)):
            if number == 2:
                self._maybe_fail()
            yield info


@pytest.mark.parametrize("error", [Transient("down"), CutShort("short")], ids=str)
def test_what_may_come_right_is_tried_again(error: Exception) -> None:
    store = Flaky(error)
    assert Retrying(store).get("a") == b"1"
    assert store.calls == 2


@pytest.mark.parametrize("error", [NotFound("gone"), AccessDenied("no"), Changed("other")], ids=str)
def test_what_stays_wrong_is_not_tried_again(error: Exception) -> None:
    store = Flaky(error)
    with pytest.raises(type(error)):
        Retrying(store).get("a")
    assert store.calls == 1


def test_the_last_error_comes_through() -> None:
    with pytest.raises(Transient, match="still down"):
        Retrying(Flaky(Transient("down"), Transient("still down"))).get("a")


def test_an_interrupted_listing_goes_on_where_it_was() -> None:
    names = [info.name for info in Retrying(Flaky(Transient("down"))).list()]
    assert names == ["a", "b", "c"]


def test_a_fetch_cut_short_is_fetched_again(tmp_path: Path) -> None:
    store = Flaky(CutShort("short"))
    Retrying(store).get_to_file(store.head("b"), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"2"


class AnswerLost(MemoryStore):
    """Writes, and then says that it did not answer: a second try would meet the first."""

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        super().put(name, data, create_only=create_only, if_match=if_match)
        raise Transient("no answer")


def test_a_conditional_write_is_tried_once_so_that_it_cannot_meet_itself() -> None:
    with pytest.raises(Transient):
        Retrying(AnswerLost()).put("k", b"x", create_only=True)
