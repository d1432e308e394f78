"""What a server's log says it was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.request_log import Asked, Request, RequestLog, parsed

_DAY = "day=2013-01-05"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '127.0.0.1 - - [x] "GET /lake?list-type=2&prefix=t%2F HTTP/1.1" 200 -',
            Request(Asked.LISTING, None),
        ),
        (
            f'127.0.0.1 - - [22/Nov/2026 20:00:00] "GET /lake/t/{_DAY}/a.parquet HTTP/1.1" 200 -',
            Request(Asked.DATA, _DAY),
        ),
        (
            '127.0.0.1 - - [22/Nov/2026 20:00:00] "GET /lake/t/day%3D2013-01-05/a HTTP/1.1" 206 -',
            Request(Asked.DATA, _DAY),
        ),
        (
            f'127.0.0.1 - - [x] "GET /lake/t/{_DAY}/a.parquet?versionId=3 HTTP/1.1" 200 -',
            Request(Asked.DATA, _DAY),
        ),
        (
            f'127.0.0.1 - - [x] "GET /lake/t/{_DAY}/a.parquet?attributes HTTP/1.1" 200 -',
            Request(Asked.OTHER, _DAY),
        ),
        (
            '127.0.0.1 - - [x] "GET /account/lake?restype=container&comp=list HTTP/1.1" 200 -',
            Request(Asked.LISTING, None),
        ),
        (
            '127.0.0.1 - - [x] "GET /account/lake?restype=container HTTP/1.1" 200 -',
            Request(Asked.OTHER, None),
        ),
        (
            f'127.0.0.1 - - [x] "HEAD /account/lake/t/{_DAY}/a.parquet HTTP/1.1" 200 -',
            Request(Asked.HEAD, _DAY),
        ),
        (
            f'127.0.0.1 - - [x] "PUT /account/lake/t/{_DAY}/a.parquet HTTP/1.1" 201 -',
            Request(Asked.OTHER, _DAY),
        ),
        ("Azurite Blob service is successfully listening at http://127.0.0.1:1", None),
    ],
)
def test_a_line_of_a_log_is_the_request_it_tells_of(line: str, expected: Request | None) -> None:
    assert parsed(line) == expected


def test_a_log_is_read_on_from_its_last_whole_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('starting\n"GET /lake/a HTTP/1.1" 200 -\n"GET /lake/b HT')
    log = RequestLog(file)
    assert len(log.news()) == 1
    with file.open("a") as more:
        more.write('TP/1.1" 200 -\n"HEAD /lake/b HTTP/1.1" 200 -\n')
    assert [request.asked for request in log.news()] == [Asked.DATA, Asked.HEAD]
    assert log.news() == []
