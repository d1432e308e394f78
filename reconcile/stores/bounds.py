"""What may be asked of a service now, by its limits and by how it has answered so far.

Only accounts: times are arguments, in seconds of a clock that never goes back, and nobody waits
here (`Pace` does). Not to be shared between threads without a lock.
"""

from __future__ import annotations

import math

from reconcile.model.sync import Limits

_BURST_SECONDS = 0.1
_FIRST_SPREAD = 0.5
_LONGEST_SPREAD = 30.0


class Bucket:
    """So many units a second, and at most a tenth of a second's worth of them at once.

    One unit may always go at once. What is larger than that is let through when the bucket is
    full, and is paid for afterwards.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.burst = max(1.0, rate * _BURST_SECONDS)
        self._level = self.burst
        self._at = -math.inf

    def wait(self, amount: float, now: float) -> float:
        """The seconds until so much may go, 0 for now."""
        if amount <= 0:
            return 0.0
        return max(0.0, (min(amount, self.burst) - self._level_at(now)) / self.rate)

    def take(self, amount: float, now: float) -> None:
        """Takes so much, on credit where it is not there."""
        self._level = self._level_at(now) - amount
        self._at = now

    def _level_at(self, now: float) -> float:
        return min(self.burst, self._level + max(0.0, now - self._at) * self.rate)


class Bounds:
    """Requests at once, and requests and bytes a second, of one task at one service.

    A refusal halves the requests at once (`width`) and keeps everything quiet for a while; as
    many answers in a row as the width is widen it by one, up to what the limits allow. Requests
    know in which `round` they began: a refusal begins the next, and how older ones end says
    nothing about it. So a burst of refusals counts once.

    Args:
        limits: What all tasks together may ask.
        share: How many tasks they are.
    """

    def __init__(self, limits: Limits, *, share: int = 1) -> None:
        self.parallel = max(1, limits.parallel // share)
        self.width = self.parallel
        self.running = 0
        self.quiet_until = -math.inf
        self.refused_since: float | None = None
        """Since when there have been refusals and no answer; None where there are none."""
        self._requests = _buckets(limits.requests_per_second, share)
        self._bytes = _buckets(limits.bytes_per_second, share)
        self._round = 0
        self._answers = 0
        self._refusals = 0

    def wait(self, size: int, now: float) -> float | None:
        """The seconds until a request of so many bytes may begin, 0 for now.

        None where another has to end first.
        """
        if self.running >= self.width:
            return None
        waits = [bucket.wait(1, now) for bucket in self._requests]
        waits += [bucket.wait(size, now) for bucket in self._bytes]
        return max(0.0, self.quiet_until - now, *waits)

    def begin(self, size: int, now: float) -> int:
        """Counts a request that begins. Returns its round."""
        self.running += 1
        for bucket in self._requests:
            bucket.take(1, now)
        self.moved(size, now)
        return self._round

    def moved(self, size: int, now: float) -> None:
        """Counts bytes; by itself only those of which nobody knew when their request began."""
        for bucket in self._bytes:
            bucket.take(size, now)

    def end(self) -> None:
        """Counts a request that has ended, however it did."""
        self.running -= 1

    def answered(self, round: int) -> None:
        """The service has answered a request of that round."""
        if round != self._round:
            return
        self.refused_since = None
        self._refusals = 0
        self._answers += 1
        if self._answers >= self.width and self.width < self.parallel:
            self.width += 1
            self._answers = 0

    def failed(self, round: int) -> None:
        """The service could not answer a request of that round, as it may when it has too many."""
        if round != self._round:
            return
        self._round += 1
        self._answers = 0
        self.width = max(1, self.width // 2)

    def refused(self, round: int, now: float, *, retry_after: float | None, luck: float) -> None:
        """The service has asked for fewer requests.

        Nothing begins before what it asks for has gone by, and a part of a spread that doubles
        with every further refusal, up to half a minute.

        Args:
            round: Of the request that was refused.
            now: The time.
            retry_after: The seconds that the service asks for.
            luck: Which part of the spread, from 0 to 1.
        """
        if round == self._round or not self._refusals:
            self._refusals += 1
        self.failed(round)
        if self.refused_since is None:
            self.refused_since = now
        doublings = min(self._refusals, 16) - 1  # far beyond the longest
        spread = min(_LONGEST_SPREAD, _FIRST_SPREAD * 2**doublings)
        self.quiet_until = max(self.quiet_until, now + (retry_after or 0.0) + luck * spread)


def _buckets(rate: float | None, share: int) -> tuple[Bucket, ...]:
    """One, or none where there is no limit."""
    return () if rate is None else (Bucket(rate / share),)
