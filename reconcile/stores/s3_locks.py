"""Object Lock of S3: what a bucket is asked about it, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from reconcile.errors import AccessDenied
from reconcile.model.snapshot import LockMode, Protection
from reconcile.stores.locks import extended, unprotectable

Asking = Callable[[str], AbstractContextManager[None]]

_NO_LOCKS = ("InvalidRequest", "NotImplemented", "MethodNotAllowed", "XNotImplemented")


class BucketLocks:
    """The locks of a bucket's objects, each of its newest version.

    Reading them needs the rights `s3:GetObjectRetention` and `s3:GetObjectLegalHold`: without
    them the service leaves them out of its answers, and an object seems to have none.
    """

    def __init__(self, client: Any, bucket: str, *, root: str, asking: Asking) -> None:
        self._client = client
        self._bucket = bucket
        self._root = root
        self._asking = asking
        self._are_kept: bool | None = None

    def of(self, name: str) -> Protection | None:
        """What protects the object now; None where nothing does.

        Raises:
            NotFound: There is no such object.
        """
        return _protection(self._headed(name), now=datetime.now(UTC))

    def set(self, name: str, wanted: Protection) -> Protection:
        """Locks the newest version for as long, unless it is locked for longer already.

        Returns:
            What holds now.

        Raises:
            Unprotectable: The bucket has no Object Lock.
            AccessDenied: The right `s3:PutObjectRetention` or `s3:PutObjectLegalHold` is missing.
        """
        headed = self._headed(name)
        present = _protection(headed, now=datetime.now(UTC))
        held = extended(present, wanted)
        which = self._version(name, headed)
        present = present or Protection()
        if held.until is not None and (held.until, held.mode) != (present.until, present.mode):
            retention = {"Mode": held.mode.value.upper(), "RetainUntilDate": held.until}
            with self._telling(name):
                self._client.put_object_retention(**which, Retention=retention)
        if held.legal_hold and not present.legal_hold:
            self._hold(name, which, "ON")
        return held

    def release(self, name: str) -> Protection | None:
        """Ends the legal hold of the newest version; its lock stays.

        Raises:
            Unprotectable: The bucket has no Object Lock.
        """
        headed = self._headed(name)
        present = _protection(headed, now=datetime.now(UTC))
        if present is None or not present.legal_hold:
            return present
        self._hold(name, self._version(name, headed), "OFF")
        return None if present.until is None else Protection(present.until, present.mode)

    def in_the_way(self, name: str) -> Protection | None:
        """What keeps the object from being removed, asked only of a bucket that has locks.

        Without this a locked object would seem to go: the service hides it behind a marker.
        """
        if self._are_kept is None:
            self._are_kept = self._has_locks()
        return self.of(name) if self._are_kept else None

    def _has_locks(self) -> bool:
        try:
            with self._asking(""):
                answer = self._configuration()
        except AccessDenied:  # not told: every object is asked
            return True
        return bool(answer.get("ObjectLockEnabled") == "Enabled")

    def _configuration(self) -> Mapping[str, Any]:
        try:
            answer = self._client.get_object_lock_configuration(Bucket=self._bucket)
        except ClientError as error:
            is_none_set = _status(error) == 404 and _code(error) != "NoSuchBucket"
            if is_none_set or _code(error) in _NO_LOCKS or _status(error) in (405, 501):
                return {}
            raise
        found: Mapping[str, Any] = answer.get("ObjectLockConfiguration", {})
        return found

    def _headed(self, name: str) -> Mapping[str, Any]:
        with self._asking(name):
            answer: Mapping[str, Any] = self._client.head_object(Bucket=self._bucket, Key=name)
        return answer

    def _version(self, name: str, headed: Mapping[str, Any]) -> dict[str, str]:
        version = headed.get("VersionId")
        if version in (None, "null"):
            raise unprotectable(f"{self._root}/{name}", found="a bucket that keeps no versions")
        return {"Bucket": self._bucket, "Key": name, "VersionId": str(version)}

    def _hold(self, name: str, which: Mapping[str, str], status: str) -> None:
        with self._telling(name):
            self._client.put_object_legal_hold(**which, LegalHold={"Status": status})

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        with self._asking(name):
            try:
                yield
            except ClientError as error:
                if _code(error) in _NO_LOCKS or _status(error) in (405, 501):
                    raise unprotectable(
                        f"{self._root}/{name}", found=f"{_code(error)}: no Object Lock"
                    ) from error
                raise


def _protection(headed: Mapping[str, Any], *, now: datetime) -> Protection | None:
    until = headed.get("ObjectLockRetainUntilDate")
    until = None if until is None or until <= now else until.astimezone(UTC)
    is_held = headed.get("ObjectLockLegalHoldStatus") == "ON"
    if until is None:
        return Protection(legal_hold=True) if is_held else None
    is_firm = headed.get("ObjectLockMode") == "COMPLIANCE"
    return Protection(until, LockMode.COMPLIANCE if is_firm else LockMode.GOVERNANCE, is_held)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
