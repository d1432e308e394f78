"""How snapshots stand by what the ledger says of them, and which is restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from reconcile.errors import BadInput, NotFound
from reconcile.jobs.snapshots.creating.basis import distrusted
from reconcile.jobs.snapshots.proving.damage import MOST_CHUNKS, Harmed
from reconcile.model.snapshot import Consistency, LedgerAction, Manifest, Standing
from reconcile.snapshots import chain
from reconcile.snapshots.manifest import digest_of
from reconcile.snapshots.restoring import chosen
from reconcile.snapshots.standing import standings
from tests.unit.snapshot_values import NOON, REPOSITORY, Ledger, manifest, standing

CHUNK, OTHER = "c" * 64, "d" * 64
CREATE, VERIFY = LedgerAction.CREATE, LedgerAction.VERIFY


def created(ledger: Ledger, of: Manifest | None = None, **details: object) -> None:
    made = of or manifest()
    ledger.add(CREATE, made.id, manifest=digest_of(made), **details)


def found(ledger: Ledger, of: Manifest | None = None) -> Standing:
    (only,) = standings([of or manifest()], ledger.lines, repository=REPOSITORY)
    return only


def clean(ledger: Ledger, read: object = 0.05) -> None:
    ledger.add(VERIFY, read=read, damaged=[], damaged_objects=0, damaged_chunks=[])


def harmed(ledger: Ledger, *chunks: str) -> None:
    ledger.add(VERIFY, read=0.05, damaged=["a"], damaged_objects=1, damaged_chunks=list(chunks))


def test_a_snapshot_is_good_once_it_was_verified() -> None:
    ledger = Ledger()
    created(ledger)
    assert not found(ledger).good
    clean(ledger)
    assert found(ledger).good
    assert found(ledger).verified_at == ledger.lines[-1].at
    assert found(ledger).recorded_at == ledger.lines[0].at


def test_a_verification_that_read_nothing_verifies_nothing() -> None:
    ledger = Ledger()
    created(ledger)
    clean(ledger, read=0)
    assert found(ledger).verified_at is None


def test_an_inconsistent_one_is_not_good() -> None:
    ledger, of = Ledger(), manifest(consistency=Consistency.INCONSISTENT)
    created(ledger, of)
    clean(ledger, "all")
    assert not found(ledger, of).good


def test_what_was_said_before_the_snapshot_was_known_does_not_count() -> None:
    ledger = Ledger()
    clean(ledger, "all")
    ledger.add(LedgerAction.DRILL, verdict="matched")
    created(ledger)
    assert found(ledger).verified_at is None
    assert found(ledger).restored_at is None


def test_one_that_the_ledger_does_not_know_is_never_good() -> None:
    ledger = Ledger()
    clean(ledger, "all")
    assert not found(ledger).good
    assert found(ledger).recorded_at is None


def test_another_manifest_than_the_ledger_names_is_damage() -> None:
    ledger = Ledger()
    created(ledger)
    clean(ledger, "all")
    assert not found(ledger, manifest(new_bytes=18)).good
    assert "not the one that the ledger names" in found(ledger, manifest(new_bytes=18)).damaged[0]


def test_a_second_line_does_not_make_another_manifest_known() -> None:
    ledger, forged = Ledger(), manifest(new_bytes=18)
    created(ledger)
    clean(ledger, "all")
    created(ledger, forged)
    clean(ledger, "all")
    assert not found(ledger, forged).good


def test_a_second_line_takes_nothing_away_from_the_manifest_that_was_recorded() -> None:
    """Else whoever may append could have all snapshots refused, and let go by the policy."""
    ledger = Ledger()
    created(ledger)
    clean(ledger)
    created(ledger, manifest(new_bytes=18))
    assert found(ledger).good


def test_a_share_does_not_clear_what_was_found_in_another() -> None:
    ledger = Ledger()
    created(ledger)
    clean(ledger)
    harmed(ledger, CHUNK)
    clean(ledger)
    assert not found(ledger).good
    assert found(ledger).damaged == ("a: found on 2013-01-08 by a verification",)
    clean(ledger, "all")
    assert found(ledger).good


def test_what_a_create_wrote_again_is_good_once_it_was_verified() -> None:
    ledger = Ledger()
    created(ledger)
    harmed(ledger, CHUNK, OTHER)
    ledger.add(CREATE, "s2", manifest="m", healed=[CHUNK])
    clean(ledger)
    assert not found(ledger).good
    ledger.add(CREATE, "s3", manifest="m", healed=[OTHER])
    assert not found(ledger).good
    clean(ledger)
    assert found(ledger).good


def test_damage_of_no_chunk_is_cleared_by_reading_all_only() -> None:
    ledger = Ledger()
    created(ledger)
    harmed(ledger)
    harmed(ledger, CHUNK)
    ledger.add(CREATE, "s2", manifest="m", healed=[CHUNK])
    clean(ledger)
    assert not found(ledger).good


def test_damage_that_is_not_of_chunks_alone_is_cleared_by_reading_all_only() -> None:
    ledger = Ledger()
    created(ledger)
    some = Harmed(objects=2, names=["a", "b"], chunks={CHUNK}, otherwise=True)
    ledger.add(VERIFY, read=0.05, **dict(some.told()))
    ledger.add(CREATE, "s2", manifest="m", healed=[CHUNK])
    clean(ledger)
    assert not found(ledger).good
    clean(ledger, "all")
    assert found(ledger).good


def test_of_very_many_damaged_chunks_some_are_named_and_the_rest_is_not_forgotten() -> None:
    ledger = Ledger()
    created(ledger)
    chunks = {f"{number:064x}" for number in range(MOST_CHUNKS + 1)}
    line = ledger.add(VERIFY, read=0.05, **dict(Harmed(1, ["a"], [], chunks).told()))
    named = distrusted(ledger.lines)
    assert len(named) == MOST_CHUNKS
    assert len(chain.to_bytes(line)) < chain.LARGEST_LINE
    ledger.add(CREATE, "s2", manifest="m", healed=sorted(named))
    clean(ledger)
    assert not found(ledger).good


def test_much_damage_is_told_in_short() -> None:
    ledger = Ledger()
    created(ledger)
    names = [f"n{number}" for number in range(100)]
    ledger.add(VERIFY, read="all", damaged=names, damaged_objects=2000)
    assert len(found(ledger).damaged) == 6
    assert found(ledger).damaged[-1].startswith("1995 more objects")


def test_drills_and_restores_that_proved_it_count() -> None:
    ledger = Ledger()
    created(ledger)
    ledger.add(LedgerAction.DRILL, verdict="breached")
    ledger.add(LedgerAction.RESTORE, rehearsal=True)
    assert found(ledger).restored_at is None
    at = ledger.add(LedgerAction.DRILL, verdict="matched").at
    assert found(ledger).restored_at == at
    at = ledger.add(LedgerAction.RESTORE, rehearsal=False).at
    assert found(ledger).restored_at == at


def test_a_drill_that_met_damage_says_so() -> None:
    ledger = Ledger()
    created(ledger)
    clean(ledger)
    ledger.add(LedgerAction.DRILL, verdict="breached", damaged=["a"])
    assert found(ledger).damaged == ("a: found on 2013-01-08 by a drill",)


def test_holds_last_until_they_are_released() -> None:
    ledger = Ledger()
    ledger.add(LedgerAction.HOLD, reason="audit")
    ledger.add(LedgerAction.HOLD, reason="court")
    assert [hold.reason for hold in found(ledger).holds] == ["audit", "court"]
    ledger.add(LedgerAction.HOLD, "s2", reason="another")
    ledger.add(LedgerAction.RELEASE, reason="done")
    assert found(ledger).holds == ()


def test_a_removal_that_did_not_come_to_its_end_changes_nothing() -> None:
    """Else whoever can add a line could have good snapshots removed."""
    ledger = Ledger()
    created(ledger)
    clean(ledger)
    before = found(ledger)
    ledger.add(LedgerAction.PRUNE, reasons=[])
    assert found(ledger) == before


def test_copies_are_told_and_a_copy_is_known_by_its_line() -> None:
    ledger = Ledger()
    created(ledger)
    ledger.add(LedgerAction.COPY, to="other")
    assert found(ledger).copies == ("other",)
    copied = Ledger()
    recorded_at = NOON.isoformat()
    copied.add(
        LedgerAction.COPY, to="other", manifest=digest_of(manifest()), recorded_at=recorded_at
    )
    clean(copied)
    (there,) = standings([manifest()], copied.lines, repository="other")
    assert there.good
    assert there.copies == ()
    assert there.recorded_at == NOON


def appended(ledger: Ledger, at: datetime, action: LedgerAction, of: Manifest) -> None:
    """A line that was written at a time, of whatever clock."""
    details = {"read": "all", "manifest": digest_of(of)}
    line = chain.appended(
        ledger.lines[-1] if ledger.lines else None,
        at=at,
        action=action,
        dataset=of.dataset,
        snapshot=of.id,
        by="ops",
        details=details,
        seal=lambda data: sha256(data).hexdigest(),
    )
    ledger.lines.append(line)


def test_a_clock_that_was_far_ahead_makes_nothing_backdated_that_is_not() -> None:
    ledger, ahead, now = Ledger(), NOON + timedelta(days=400), NOON + timedelta(days=3)
    early = manifest("early", taken_at=NOON)
    appended(ledger, NOON, CREATE, early)
    for minutes in range(3):
        appended(ledger, ahead + timedelta(minutes=minutes), VERIFY, early)
    made = [
        manifest("now", taken_at=now - timedelta(hours=1)),
        manifest("forged", taken_at=NOON - timedelta(days=30)),
    ]
    for one in made:
        appended(ledger, now, CREATE, one)
        appended(ledger, now, VERIFY, one)
    stands = standings([early, *made], ledger.lines, repository=REPOSITORY, now=now)
    assert [one.manifest.id for one in stands if one.good] == ["early", "now"]
    assert [one.manifest.id for one in stands if one.backdated] == ["forged"]


def test_behind_the_line_of_a_clock_that_was_ahead_nobody_knows_the_time() -> None:
    ledger, late = Ledger(), manifest("late", taken_at=NOON + timedelta(days=1))
    early = manifest("early", taken_at=NOON)
    appended(ledger, NOON, CREATE, early)
    appended(ledger, NOON + timedelta(days=3), VERIFY, early)
    appended(ledger, late.taken_at, CREATE, late)
    for now in (None, NOON + timedelta(days=2), NOON + timedelta(days=9)):
        _, found = standings([early, late], ledger.lines, repository=REPOSITORY, now=now)
        assert found.recorded_at == late.taken_at


def test_snapshots_come_oldest_first_and_datasets_do_not_mix() -> None:
    ledger = Ledger()
    new, old = manifest("a", taken_at=NOON), manifest("b", taken_at=NOON - timedelta(days=1))
    other = manifest("a", dataset="weather")
    created(ledger, new)
    created(ledger, old)
    made = standings([new, old, other], ledger.lines, repository=REPOSITORY)
    assert [one.manifest.id for one in made] == ["b", "a", "a"]
    assert {one.manifest.dataset for one in made if one.recorded_at is None} == {"weather"}


@pytest.mark.parametrize("wild", [None, 7, "all of it", {"a": 1}, [1, None], [[]]])
def test_details_of_any_kind_are_lived_with(wild: object) -> None:
    ledger = Ledger()
    created(ledger, healed=wild)
    for action in LedgerAction:
        keys = "manifest read damaged damaged_objects damaged_chunks to reason verdict recorded_at"
        ledger.add(action, **dict.fromkeys(keys.split(), wild))
    assert not found(ledger).good


def day(number: int, **changed: object) -> Standing:
    return standing(f"s{number}", NOON - timedelta(days=10 - number), **changed)


def chosen_id(*found: Standing, at: datetime | None = None) -> str:
    return chosen(found, at=at, now=NOON).standing.manifest.id


def test_the_newest_good_one_of_the_time_is_restored() -> None:
    assert chosen_id(day(1), day(2), day(3)) == "s3"
    assert chosen_id(day(1), day(2), day(3), at=NOON - timedelta(days=8)) == "s2"
    assert chosen_id(day(1), day(12), at=NOON + timedelta(days=9)) == "s1"
    assert chosen_id(day(1), day(2), day(3), at=NOON - timedelta(days=7, seconds=1)) == "s2"


def test_what_is_not_good_is_passed_over_and_that_is_said() -> None:
    inconsistent = day(3, consistency=Consistency.INCONSISTENT)
    choice = chosen([day(1), day(2, verified=False), inconsistent, day(12)], now=NOON)
    assert choice.standing.manifest.id == "s1"
    unverified, partly, future = choice.passed_over
    assert "s2" in unverified
    assert "never verified" in unverified
    assert "s3" in partly
    assert "inconsistent" in partly
    assert "s12" in future
    assert "future" in future


def test_a_damaged_newest_one_is_refused_and_the_newest_good_one_is_offered() -> None:
    found = [day(1), day(2), day(3, damaged=("a: found", "b: found"))]
    with pytest.raises(BadInput, match=r"s3 .*damaged.*a: found, and 1 more.*restore s2") as raised:
        chosen(found, now=NOON)
    assert "--at s2" in raised.value.line()
    assert chosen(found, id="s2", now=NOON).standing == found[1]
    with pytest.raises(BadInput, match=r"s3 .*damaged.*s2"):
        chosen(found, id="s3", now=NOON)


def test_older_damage_does_not_stand_in_the_way() -> None:
    assert chosen_id(day(1, damaged=("a",)), day(2)) == "s2"
    assert chosen_id(day(1), day(2, damaged=("a",)), day(3, verified=False), day(4)) == "s4"


def test_where_none_is_good_the_newest_with_nothing_against_it_is_taken() -> None:
    unverified = [day(1, verified=False), day(2, verified=False)]
    choice = chosen([*unverified, day(3, consistency=Consistency.INCONSISTENT)], now=NOON)
    assert choice.standing.manifest.id == "s2"
    assert choice.passed_over[-1] == "Snapshot s2 was never verified."


def test_one_of_some_windows_is_not_taken_for_the_dataset() -> None:
    some = day(3, span=("2013-01-01", "2013-01-02"))
    choice = chosen([day(1), day(2), some], now=NOON)
    assert choice.standing.manifest.id == "s2"
    (passed_over,) = choice.passed_over
    assert passed_over.endswith("is newer and holds windows 2013-01-01 to 2013-01-02 only.")
    assert chosen_id(day(2), replace(some, damaged=("a",))) == "s2"
    only = chosen([some], now=NOON)
    assert only.standing == some
    assert only.passed_over == ("Snapshot s3 holds windows 2013-01-01 to 2013-01-02 only.",)


def test_one_that_was_recorded_late_is_not_good() -> None:
    late = day(3, recorded_at=NOON)
    assert late.proven
    assert not late.good
    choice = chosen([day(1), late], now=NOON)
    assert choice.standing.manifest.id == "s1"
    assert choice.passed_over[0].endswith(
        f"is newer and is backdated: the ledger knows it since {NOON:%Y-%m-%d} only."
    )
    assert chosen([late], now=NOON).standing == late


def test_one_that_is_named_is_taken_with_a_word_of_warning() -> None:
    inconsistent = day(3, consistency=Consistency.INCONSISTENT)
    made = replace(inconsistent, manifest=replace(inconsistent.manifest, reasons=("torn",)))
    assert chosen([made], id="s3", now=NOON).passed_over == ("Snapshot s3 is inconsistent: torn.",)
    assert chosen([day(12)], id="s12", now=NOON).standing == day(12)


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="as old as"):
        chosen([day(3)], at=NOON - timedelta(days=9), now=NOON)
    with pytest.raises(NotFound, match="as old as"):
        chosen([day(12)], now=NOON)
    with pytest.raises(NotFound, match="no snapshot s9"):
        chosen([day(3)], id="s9", now=NOON)
    with pytest.raises(BadInput, match="cannot be a snapshot's id"):
        chosen([day(3)], id="../s3", now=NOON)
    with pytest.raises(BadInput, match="consistent and undamaged"):
        chosen([day(3, consistency=Consistency.INCONSISTENT)], now=NOON)
