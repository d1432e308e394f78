"""A script meets the requests that it means, and a fault that did not happen fails the test."""

from __future__ import annotations

import pytest

from demo.servers import S3Endpoint
from tests.fault_proxy import (
    Before,
    Fault,
    Match,
    ProxyMisused,
    SlowDown,
    Truncated,
    fault_proxy,
)
from tests.fault_proxy.conftest import S3Site
from tests.fault_proxy.refused import s3_refusal
from tests.stores import s3_client


def s3_get(s3: S3Site, key: str = "k", **more: str) -> None:
    s3.client.get_object(Bucket=s3.bucket, Key=key, **more)["Body"].close()


def test_only_what_matches_is_met(s3: S3Site) -> None:
    s3.put("k", b"0123456789")
    s3.put("other", b"0123456789")
    s3.proxy.script.add(
        Fault(
            Match(
                ("GetObject", "HeadObject"),
                key="k",
                container=s3.bucket,
                where=lambda request: request.header("range") == "bytes=5-6",
                nth=2,
            ),
            SlowDown(),
        )
    )
    s3_get(s3, Range="bytes=5-6")
    s3_get(s3, "other", Range="bytes=5-6")
    s3_get(s3)
    assert s3_refusal(lambda: s3_get(s3, Range="bytes=5-6")) == (503, "SlowDown")


def test_several_faults_meet_one_request(s3: S3Site) -> None:
    happened: list[str] = []
    s3.proxy.script.add(
        Fault(Match("PutObject"), Before(lambda: happened.append("first"))),
        Fault(Match("PutObject"), Before(lambda: happened.append("second"))),
        Fault(Match("PutObject"), SlowDown()),
    )
    assert s3_refusal(lambda: s3.client.put_object(Bucket=s3.bucket, Key="k")) == (503, "SlowDown")
    assert happened == ["first", "second"]


def run_with(endpoint: S3Endpoint, fault: Fault, *, refused: bool) -> None:
    """One request, through a proxy that has one fault."""
    with fault_proxy(endpoint) as proxy:
        proxy.script.add(fault)
        ask = s3_client(proxy.endpoint).list_buckets
        if refused:
            s3_refusal(ask)
        else:
            ask()


def test_a_fault_that_no_request_meets_fails_the_test(s3_endpoint: S3Endpoint) -> None:
    with pytest.raises(ProxyMisused, match="no request ever met"):
        run_with(s3_endpoint, Fault(Match(nth=2), SlowDown()), refused=False)


def test_a_fault_that_cannot_be_played_fails_the_test(s3_endpoint: S3Endpoint) -> None:
    with pytest.raises(ProxyMisused, match="cut after"):
        run_with(s3_endpoint, Fault(Match(), Truncated(10**9)), refused=True)


def test_what_fails_in_a_hook_fails_the_test(s3_endpoint: S3Endpoint) -> None:
    with pytest.raises(ZeroDivisionError):
        run_with(s3_endpoint, Fault(Match(), Before(lambda: 1 // 0)), refused=True)
