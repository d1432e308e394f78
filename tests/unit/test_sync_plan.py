"""What a sync would do with every object: examples, and laws over all plans."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconcile.history.sync_plan import (
    Action,
    Plan,
    PlannedObject,
    Proof,
    Reason,
    braked,
    comes_last,
    dealt,
    deletions,
    hidden,
    last,
    planned,
)
from reconcile.history.sync_plan_document import from_json, to_json
from reconcile.model.ledger import Equality, LedgerEntry, ObjectVersion
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import Brake

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
HERE = ObjectInfo("raw/day=1/a", 5, "e1", version="v1", modified=NOW)
THERE = ObjectInfo("copy/a", 5, "f1")
PROVEN = LedgerEntry(
    name="a",
    size=5,
    origin=ObjectVersion("e1", "v1"),
    equality=Equality.PROVEN,
    run_id="r1",
    recorded_at=NOW,
    destination=ObjectVersion("f1"),
    algorithm="crc64nvme",
    origin_value="AAAA",
    destination_value="AAAA",
)
CRC = Proof("crc64nvme", "AAAA")


def vouched(info: ObjectInfo, value: str, algorithm: str = "crc64nvme") -> ObjectInfo:
    return replace(info, checksums={algorithm: value})


def judged(
    origin: ObjectInfo | None,
    destination: ObjectInfo | None,
    entry: LedgerEntry | None = None,
    *,
    deletes: bool = False,
) -> tuple[Action, Reason, Proof | None]:
    (one,) = planned(
        {} if origin is None else {"a": origin},
        {} if destination is None else {"a": destination},
        {} if entry is None else {"a": entry},
        deletes=deletes,
    )
    assert (one.name, one.origin, one.destination) == ("a", origin, destination)
    return one.action, one.reason, one.proof


@pytest.mark.parametrize(
    ("origin", "destination", "entry", "expected"),
    [
        pytest.param(HERE, None, None, (Action.COPY, Reason.ABSENT, None), id="new"),
        pytest.param(HERE, None, PROVEN, (Action.COPY, Reason.GONE, None), id="gone"),
        pytest.param(
            HERE,
            None,
            replace(PROVEN, destination=None, equality=Equality.ABSENT),
            (Action.COPY, Reason.ABSENT, None),
            id="still-absent",
        ),
        pytest.param(
            replace(HERE, size=6), THERE, PROVEN, (Action.REPLACE, Reason.SIZE, None), id="size"
        ),
        pytest.param(HERE, THERE, None, (Action.PROVE, Reason.NEVER_PROVEN, None), id="unknown"),
        pytest.param(HERE, THERE, PROVEN, (Action.KEEP, Reason.PROVEN, CRC), id="proven"),
        pytest.param(
            replace(HERE, etag="e2", version="v2"),
            THERE,
            PROVEN,
            (Action.PROVE, Reason.REWRITTEN, None),
            id="rewritten-at-the-origin",
        ),
        pytest.param(
            vouched(replace(HERE, etag="e2"), "BBBB"),
            THERE,
            PROVEN,
            (Action.REPLACE, Reason.CHECKSUM, None),
            id="rewritten-with-other-bytes-that-the-origin-vouches-for",
        ),
        pytest.param(
            vouched(replace(HERE, etag="e2"), "AAAA"),
            THERE,
            PROVEN,
            (Action.KEEP, Reason.SAME_CHECKSUM, CRC),
            id="rewritten-with-the-same-bytes",
        ),
        pytest.param(
            HERE,
            replace(THERE, etag="f2"),
            PROVEN,
            (Action.PROVE, Reason.OVERWRITTEN, None),
            id="overwritten-at-the-destination",
        ),
        pytest.param(
            HERE,
            vouched(replace(THERE, etag="f2"), "BBBB"),
            PROVEN,
            (Action.REPLACE, Reason.CHECKSUM, None),
            id="overwritten-with-other-bytes",
        ),
        pytest.param(
            vouched(HERE, "AAAA"),
            vouched(THERE, "AAAA"),
            None,
            (Action.KEEP, Reason.SAME_CHECKSUM, CRC),
            id="both-vouch",
        ),
        pytest.param(
            vouched(HERE, "AAAA", "crc32"),
            vouched(THERE, "AAAA", "crc32"),
            None,
            (Action.PROVE, Reason.NEVER_PROVEN, None),
            id="32-bits-prove-nothing",
        ),
        pytest.param(
            vouched(HERE, "AAAA", "crc32"),
            vouched(THERE, "BBBB", "crc32"),
            None,
            (Action.REPLACE, Reason.CHECKSUM, None),
            id="but-disprove",
        ),
        pytest.param(
            vouched(HERE, "AAAA", "sha256"),
            vouched(THERE, "AAAA"),
            None,
            (Action.PROVE, Reason.NEVER_PROVEN, None),
            id="of-two-algorithms",
        ),
        pytest.param(
            HERE,
            THERE,
            replace(PROVEN, equality=Equality.UNPROVEN, algorithm=None),
            (Action.PROVE, Reason.NEVER_PROVEN, None),
            id="unproven-before",
        ),
        pytest.param(
            HERE,
            THERE,
            replace(PROVEN, equality=Equality.DIFFERENT, algorithm=None),
            (Action.REPLACE, Reason.KNOWN_DIFFERENT, None),
            id="different-before",
        ),
        pytest.param(
            replace(HERE, etag=""),
            THERE,
            replace(PROVEN, origin=ObjectVersion("")),
            (Action.PROVE, Reason.REWRITTEN, None),
            id="nothing-is-remembered-without-a-tag",
        ),
        pytest.param(
            replace(HERE, version="v2"),
            THERE,
            PROVEN,
            (Action.PROVE, Reason.REWRITTEN, None),
            id="another-version-under-the-same-tag",
        ),
        pytest.param(
            replace(HERE, version=None),
            THERE,
            PROVEN,
            (Action.KEEP, Reason.PROVEN, CRC),
            id="a-listing-tells-no-versions",
        ),
    ],
)
def test_an_object_that_the_origin_holds(
    origin: ObjectInfo,
    destination: ObjectInfo | None,
    entry: LedgerEntry | None,
    expected: tuple[Action, Reason, Proof | None],
) -> None:
    assert judged(origin, destination, entry) == expected


def test_what_the_origin_has_not_is_left_unless_deletes_are_propagated() -> None:
    assert judged(None, THERE, PROVEN) == (Action.LEAVE, Reason.DELETED, None)
    assert judged(None, THERE, PROVEN, deletes=True) == (Action.DELETE, Reason.DELETED, None)
    assert judged(None, THERE, deletes=True) == (Action.DELETE, Reason.FOREIGN, None)


@pytest.mark.parametrize(
    ("name", "size", "is_hidden"),
    [
        ("_temporary/0/part", 5, True),
        ("c=AA/_temporary/0/part", 5, True),
        ("c=AA/.part.crc", 5, True),
        (".hidden/part", 5, True),
        ("folder/", 0, True),
        ("", 0, True),
        ("folder/", 5, False),
        ("_SUCCESS", 0, False),
        ("_temporary_prices.parquet", 5, False),
        ("a.b/c", 5, False),
    ],
)
def test_what_is_not_synchronised(name: str, size: int, is_hidden: bool) -> None:
    assert hidden(name, size=size) is is_hidden
    infos = {name: replace(HERE, size=size)}
    assert bool(planned(infos, {}, {}, deletes=True)) is not is_hidden
    assert bool(planned({}, infos, {}, deletes=True)) is not is_hidden


def test_names_are_in_the_order_of_their_bytes_and_markers_come_last() -> None:
    names = ["_SUCCESS", "b", "é", "a/_SUCCESS", "B", "\U0001f600", "\uffee", "_x/part", "\udce9"]
    plan = planned(dict.fromkeys(names, HERE), {}, {}, deletes=False)
    found = [one.name for one in plan]
    assert found == [
        "B",
        "b",
        "é",
        "\udce9",
        "\uffee",
        "\U0001f600",
        "_SUCCESS",
        "_x/part",
        "a/_SUCCESS",
    ]
    assert [one.name for one in last(plan)] == ["_SUCCESS", "_x/part", "a/_SUCCESS"]


def deleting(objects: int) -> Plan:
    return tuple(
        PlannedObject(f"{n:06}", Action.DELETE, Reason.DELETED, destination=THERE)
        for n in range(objects)
    )


@pytest.mark.parametrize(
    ("deletes", "origin", "destination", "line"),
    [
        (0, 0, 1000, None),
        (1, 0, 1000, "1 of 1000 objects would be deleted, and the origin came back empty"),
        (100, 900, 1000, None),
        (100, 899, 999, "100 of 999 objects would be deleted; the brake lets a share of 0.1"),
        (101, 9899, 10_000, "101 of 10000 objects would be deleted; the brake lets 100 go"),
        (1, 1, 2, "the brake lets a share of 0.1 go without approval"),
    ],
)
def test_the_brake(deletes: int, origin: int, destination: int, line: str | None) -> None:
    def told(*, approved: bool) -> str | None:
        return braked(
            deleting(deletes),
            Brake(),
            origin_objects=origin,
            destination_objects=destination,
            approved=approved,
        )

    found = told(approved=False)
    assert found is None if line is None else line in str(found)
    assert told(approved=True) == (found if origin == 0 else None)


def test_the_share_of_a_brake_is_exact() -> None:
    brake = Brake(Decimal("0.3"), 5)
    assert braked(deleting(3), brake, origin_objects=7, destination_objects=10) is None


versions = st.sampled_from(["", "1", "2"])
checksums = st.dictionaries(
    st.sampled_from(["crc64nvme", "sha256", "crc32"]), st.sampled_from(["x", "y"])
)
infos = st.builds(
    ObjectInfo,
    name=st.text(max_size=3),
    size=st.integers(0, 2),
    etag=versions,
    version=st.none() | versions,
    modified=st.none() | st.just(NOW),
    checksums=checksums,
)
ledger_entries = st.builds(
    LedgerEntry,
    name=st.just(""),
    size=st.integers(0, 2),
    origin=st.builds(ObjectVersion, versions, st.none() | versions),
    equality=st.sampled_from(Equality),
    run_id=st.just("r1"),
    recorded_at=st.just(NOW),
    destination=st.none() | st.builds(ObjectVersion, versions, st.none() | versions),
    algorithm=st.none() | st.just("crc64nvme"),
    origin_value=st.none() | st.sampled_from(["x", "y"]),
    destination_value=st.none() | st.sampled_from(["x", "y"]),
)
names = st.sampled_from(["a", "b", "_SUCCESS", "a/_x", ".c", "d/", "_temporary/e", "é\udce9", "f"])
sides = st.dictionaries(names, infos)
plans = st.builds(
    planned, sides, sides, st.dictionaries(names, ledger_entries), deletes=st.booleans()
)


@given(sides, sides, st.dictionaries(names, ledger_entries), st.booleans())
def test_every_name_that_is_not_hidden_is_planned_once(
    origin: dict[str, ObjectInfo],
    destination: dict[str, ObjectInfo],
    ledger: dict[str, LedgerEntry],
    deletes: bool,
) -> None:
    plan = planned(origin, destination, ledger, deletes=deletes)
    shown = {
        name
        for side in (origin, destination)
        for name, info in side.items()
        if not hidden(name, size=info.size)
    }
    assert sorted(one.name for one in plan) == sorted(shown)
    swapped = planned(destination, origin, ledger, deletes=deletes)
    assert [one.name for one in swapped] == [one.name for one in plan]
    order = [(comes_last(one.name), one.name.encode("utf-8", "surrogatepass")) for one in plan]
    assert order == sorted(order)
    if not deletes:
        assert not deletions(plan)


@given(infos, infos, ledger_entries)
def test_a_changed_version_is_kept_only_by_a_checksum_of_today(
    origin: ObjectInfo, destination: ObjectInfo, entry: LedgerEntry
) -> None:
    if any(hidden("a", size=info.size) for info in (origin, destination)):
        return
    action, _, proof = judged(origin, destination, entry)
    if action is not Action.KEEP:
        assert proof is None
        return
    assert origin.size == destination.size
    known = (
        (origin, entry.origin, entry.origin_value),
        (destination, entry.destination or ObjectVersion(""), entry.destination_value),
    )
    unchanged = [
        info.etag == version.etag != ""
        and (info.version == version.version or None in (info.version, version.version))
        and info.size == entry.size
        for info, version, _ in known
    ]
    if all(unchanged) and entry.equality is Equality.PROVEN:
        return
    assert proof is not None
    for (info, _, value), same in zip(known, unchanged, strict=True):
        of_today = info.checksums.get(proof.algorithm, value if same else None)
        assert of_today == proof.value


@given(plans, st.integers(1, 5))
def test_a_deal_covers_all_that_is_to_be_done_once(plan: Plan, slots: int) -> None:
    shares = dealt(plan, slots)
    assert len(shares) == slots
    rest = [one for one in plan if one.action in (Action.KEEP, Action.LEAVE)]
    everything = [*rest, *deletions(plan), *last(plan), *(one for share in shares for one in share)]
    place = {one.name: place for place, one in enumerate(plan)}
    assert sorted(everything, key=lambda one: place[one.name]) == list(plan)
    for share in shares:
        assert list(share) == sorted(share, key=lambda one: place[one.name])


@example([0] * 20, 4)
@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(1, 8))
def test_a_deal_is_balanced(sizes: list[int], slots: int) -> None:
    origin = {f"{n:03}": replace(HERE, size=size) for n, size in enumerate(sizes)}
    shares = dealt(planned(origin, {}, {}, deletes=False), slots)
    loads = [sum(one.size + 1024**2 for one in share) for share in shares]
    assert max(loads) - min(loads) <= max(sizes, default=0) + 1024**2


@given(plans)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    assert from_json(json.loads(json.dumps(to_json(plan)))) == plan


brakes = st.builds(Brake, st.decimals(0, 1, places=2), st.integers(0, 40))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 1), brakes, brakes)
def test_a_wider_brake_and_fewer_deletes_stop_no_more(
    deletes: int, fewer: int, origin: int, tight: Brake, other: Brake
) -> None:
    def stops(count: int, brake: Brake) -> bool:
        line = braked(deleting(count), brake, origin_objects=origin, destination_objects=40)
        return line is not None

    wide = Brake(max(tight.share, other.share), max(tight.objects, other.objects))
    if stops(deletes, wide):
        assert stops(deletes, tight)
    if stops(min(deletes, fewer), tight):
        assert stops(deletes, tight)
