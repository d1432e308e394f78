"""A table of plain text: columns that line up, one row a line, nothing cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconcile.report.printable import columns_wide, visible


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows under their header. What is not known (None) is a dash."""
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(columns_wide(row[place]) for row in cells) for place in range(len(header))]
    lines = [
        "  ".join(
            cell + " " * (width - columns_wide(cell))
            for cell, width in zip(row, widths, strict=True)
        )
        for row in cells
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cell(value: object) -> str:
    return "-" if value is None else visible(str(value))
