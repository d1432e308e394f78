"""What came of each step with snapshots, as tasks and commands say it."""

from __future__ import annotations

from typing import Any

from reconcile.report.snapshot_sentences import (
    copied_sentence,
    created_sentence,
    drilled_sentence,
    first_few,
    pruned_sentence,
    restored_sentence,
    verified_sentence,
)

ID = "20131105T070000Z-flights-1f3a9c2e"
CREATED: dict[str, Any] = {
    "objects": 31,
    "size": 4_200_000,
    "read": 2,
    "new_bytes": 120_000,
    "healed": 0,
}
RESTORED: dict[str, Any] = {
    "to": "/restored",
    "rehearsal": False,
    "objects": 3,
    "size": 4_200,
    "rows": 100,
    "written": 3,
    "replaced": 0,
    "already": 0,
    "erased": 0,
    "extras": (),
    "extra_objects": 0,
    "conflicts": (),
    "conflicting_objects": 0,
    "passed_over": (),
    "problems": (),
    "seconds": 2.1,
}


def test_what_was_created() -> None:
    assert created_sentence(ID, **CREATED, reasons=(), seconds=2.1) == (
        f"Snapshot {ID}: 31 objects, 4.2 MB; 2 read, 120.0 kB new (2.10 s)."
    )
    odd = created_sentence(ID, **{**CREATED, "healed": 1}, reasons=["day=5 changed"], seconds=2.1)
    assert "1 lost piece stored again" in odd
    assert odd.endswith("It is inconsistent: day=5 changed.")
    assert created_sentence(None, **CREATED, reasons=(), seconds=2.1) == (
        "Nothing was saved: a snapshot would hold 31 objects, 4.2 MB, of which 2 would be read."
    )


def test_what_was_verified_says_how_much_of_it_was_read() -> None:
    fine: dict[str, Any] = {"snapshots": 5, "read_bytes": 1_000, "size": 20_000, "seconds": 2.1}
    assert verified_sentence(**fine, damaged=(), problems=()) == (
        "5 snapshots checked; 1.0 kB of 20.0 kB of content read (2.10 s): "
        "nothing is damaged in what was read."
    )
    told = verified_sentence(**fine, damaged=["a is gone"], problems=["line 7 was edited"])
    assert told.endswith("Not as it was stored: line 7 was edited. a is gone.")


def test_what_was_copied() -> None:
    done: dict[str, Any] = {"to": "az://b/f", "objects": 3, "new_bytes": 0, "seconds": 2.1}
    assert "is at az://b/f and proven equal: 3 objects" in copied_sentence(
        ID, **done, already=False
    )
    assert copied_sentence(ID, **done, already=True) == f"Snapshot {ID} is at az://b/f already."


def test_what_was_pruned_and_what_would_be() -> None:
    figures: dict[str, Any] = {"kept": 7, "swept": 2, "swept_bytes": 900, "marked": 3, "locked": 1}
    assert pruned_sentence("/vault", **figures, removed=["a"], notes=()) == (
        "/vault: 7 snapshots kept, 1 removed: a; 2 pieces of content removed, 900 bytes; "
        "3 go later; 1 locked by the store."
    )
    told = pruned_sentence("/vault", **figures, removed=list("abcde"), notes=(), rehearsed=True)
    assert "5 would be removed: a, b, c and 2 more" in told


def test_what_was_restored() -> None:
    told = restored_sentence(ID, **RESTORED)
    assert told.startswith(
        f"Snapshot {ID}, 3 objects, 4.2 kB, 100 rows: 3 written to /restored (2.10 s)."
    )
    assert told.endswith("Every byte and every row is as the snapshot says.")


def test_a_rehearsal_says_that_nothing_was_written_and_what_lies_in_the_way() -> None:
    way = {"rehearsal": True, "conflicts": ["x"], "conflicting_objects": 1}
    told = restored_sentence(ID, **{**RESTORED, **way})
    assert told.startswith("Nothing was written: ")
    assert "3 would be written" in told
    assert told.endswith("1 object lies in the way: x.")


def test_a_restore_that_is_not_right_never_says_that_it_is() -> None:
    told = restored_sentence(ID, **{**RESTORED, "erased": 2})
    assert told.endswith("Every row that is not on the erasure list is as the snapshot says.")
    told = restored_sentence(ID, **{**RESTORED, "problems": ["2 rows less than it should have"]})
    assert told.endswith("Not as the snapshot says: 2 rows less than it should have.")
    assert "Every byte" not in told


def test_what_a_drill_proved() -> None:
    figures: dict[str, Any] = {
        "objects": 3,
        "size": 4_200,
        "rows": 100,
        "seconds": 2.1,
        "age_seconds": 259_200,
    }
    told = drilled_sentence(ID, **figures, proof="All rows are the origin's.", problems=())
    assert "recovery time 2.10 s, recovery point 3 days." in told
    assert told.endswith("All rows are the origin's.")
    told = drilled_sentence(ID, **figures, proof="All fine.", problems=["a is gone"])
    assert told == f"The drill of snapshot {ID} failed after 2.10 s: a is gone."


def test_of_many_lines_the_first_are_told_and_the_rest_are_counted() -> None:
    assert first_few(["a", "b."]) == "a. b."
    assert first_few(list("abcde")) == "a. b. c. And 2 more."
