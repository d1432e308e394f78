"""How rows were proven: the parts add up to the rows of both sides."""

from __future__ import annotations

from reconcile.model.result import Counts, Proof
from reconcile.report.numbers import rows_text, share_text

MEANING = {
    "by_checksum": "objects that both sides hold alike to the byte, by full-object checksums that "
    "their service vouches for or that we computed of their bytes; their rows were not read",
    "by_fingerprint": "objects that have not changed since an earlier run read them and found "
    "their rows to be the same; these were not read again",
    "by_row": "objects of both sides that were read and compared in this run",
    "unproven": "no proof covers these rows",
}

_HOW = {
    "by_checksum": "proven equal by the checksums of their objects",
    "by_fingerprint": "proven equal by the fingerprint of an earlier run",
    "by_row": "read and compared in this run",
    "unproven": "not proven at all",
}


def proof_parts(counts: Counts, proof: Proof) -> tuple[tuple[str, int], ...]:
    """Rows of both sides by proof; what no proof covers is said to be unproven."""
    return (
        ("by_checksum", proof.by_checksum),
        ("by_fingerprint", proof.by_fingerprint),
        ("by_row", proof.by_row),
        ("unproven", max(rows_of_both_sides(counts) - proof_total(proof), 0)),
    )


def proof_sentence(counts: Counts, proof: Proof) -> str:
    """How the rows of both sides were proven, in one sentence."""
    whole = rows_of_both_sides(counts)
    parts = [(name, rows) for name, rows in proof_parts(counts, proof) if rows]
    if not parts:
        return "There was no row to prove."
    if whole == 1:
        return f"The one row of both sides was {_HOW[parts[0][0]]}."
    if len(parts) == 1:
        return f"All {rows_text(whole)} of both sides were {_HOW[parts[0][0]]}."
    told = [
        f"{rows:,} ({share_text(rows, whole)}) {'was' if rows == 1 else 'were'} {_HOW[name]}"
        for name, rows in parts
    ]
    return f"Of {rows_text(whole)} of both sides, {'; '.join(told)}."


def proof_total(proof: Proof) -> int:
    """All rows that are proven somehow."""
    return proof.by_checksum + proof.by_fingerprint + proof.by_row


def rows_of_both_sides(counts: Counts) -> int:
    """Source plus target rows: what the parts of a proof add up to."""
    return counts.source_rows + counts.target_rows
