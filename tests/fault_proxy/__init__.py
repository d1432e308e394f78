"""A proxy before the emulators: verifies what they do not, fails as it is told (README.md)."""

from tests.fault_proxy.faults import (
    After,
    Before,
    CannotVerifyCopySource,
    ClockSkew,
    Conflict,
    Dead,
    ErrorInside,
    ExpiredCredentials,
    FailsAfterwards,
    FlippedOnTheWayIn,
    FlippedOnTheWayOut,
    Lost,
    Refused,
    Reset,
    SlowDown,
    Truncated,
)
from tests.fault_proxy.listing_faults import DuplicatedKey, MissingKey, ShortPage, StalePage
from tests.fault_proxy.log import Entry, Log
from tests.fault_proxy.messages import Answer, ProxyMisused, Request
from tests.fault_proxy.operations import Kind
from tests.fault_proxy.proxy import FaultProxy, fault_proxy
from tests.fault_proxy.script import Effect, Fault, Match, Script

__all__ = [
    "After",
    "Answer",
    "Before",
    "CannotVerifyCopySource",
    "ClockSkew",
    "Conflict",
    "Dead",
    "DuplicatedKey",
    "Effect",
    "Entry",
    "ErrorInside",
    "ExpiredCredentials",
    "FailsAfterwards",
    "Fault",
    "FaultProxy",
    "FlippedOnTheWayIn",
    "FlippedOnTheWayOut",
    "Kind",
    "Log",
    "Lost",
    "Match",
    "MissingKey",
    "ProxyMisused",
    "Refused",
    "Request",
    "Reset",
    "Script",
    "ShortPage",
    "SlowDown",
    "StalePage",
    "Truncated",
    "fault_proxy",
]
