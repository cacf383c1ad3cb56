"""How often somebody may ask: a bucket that fills with time. In memory, of this process."""

import threading
from collections import OrderedDict
from dataclasses import dataclass


@dataclass
class _Bucket:
    left: float
    at: float


class Rate:
    """`burst` at once, then `per_second`; for at most `keys` askers, the least recent forgotten first."""

    def __init__(self, *, burst: int, per_second: float, keys: int = 20_000) -> None:
        self._burst, self._per_second, self._keys = burst, per_second, keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, now: float) -> float:
        """Takes one; 0 when there was one, else seconds until there will be. `now`: seconds of a steady clock."""
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
            bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) * self._per_second)
            bucket.at = now
            self._buckets[key] = bucket
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
            if bucket.left < 1:
                return (1 - bucket.left) / self._per_second
            bucket.left -= 1
            return 0.0

    def forget(self) -> None:
        """Every bucket is full again."""
        with self._lock:
            self._buckets.clear()
