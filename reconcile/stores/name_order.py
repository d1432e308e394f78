"""The order of a listing, by which it is gone on with after an interruption."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from reconcile.errors import Incomplete
from reconcile.model.objects import ObjectInfo


def in_name_order(infos: Iterable[ObjectInfo], *, where: str) -> Iterator[ObjectInfo]:
    """The objects, as they come.

    Whoever goes on behind the last name it has seen would leave out, and tell nobody, what comes
    late. So a service that lists in another order, as S3's directory buckets do, is refused.

    Args:
        infos: As a service lists them.
        where: Which, for the message.

    Raises:
        Incomplete: They are not in the order of their names' UTF-8 bytes.
    """
    last = b""
    for info in infos:
        name = os.fsencode(info.name)
        if name < last:
            raise Incomplete(
                f"{where} is not listed in name order",
                found=f"{info.name!r} after {os.fsdecode(last)!r}",
                expected="the order of the names' UTF-8 bytes",
                next_step="use a bucket or container that lists by name",
            )
        last = name
        yield info
