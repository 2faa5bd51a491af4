"""Rows of the table, and the rounds that fill them."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Sample:
    value: float
    extra: dict[str, float] = field(default_factory=dict)


@dataclass
class Row:
    group: str
    name: str
    parameters: dict[str, int]
    # Called once; what it returns is called for each round.
    prepare: Callable[[], Callable[[], Sample]]
    pinned: bool = False  # means something on one CPU too
    rounds: int = 9

    def measure(self) -> dict:
        """One round before is not counted."""
        one_round = self.prepare()
        one_round()
        samples = [one_round() for _ in range(self.rounds)]
        low, median, high = quartiles([sample.value for sample in samples])
        extra = {}
        for name in samples[0].extra:
            found = [sample.extra[name] for sample in samples]
            extra[name] = max(found) if name.startswith("longest") else statistics.median(found)
        print(
            f"{self.name:<28} {str(self.parameters):<50} {median:>12.1f} ns ({low:.1f} -"
            f" {high:.1f})",
            flush=True,
        )
        result = {"who": "cpython", "median": median, "low": low, "high": high, "extra": extra}
        return {
            "group": self.group, "row": self.name, "parameters": self.parameters, "unit": "ns",
            "better": "lower", "results": [result],
        }


def quartiles(values: list[float]) -> tuple[float, float, float]:
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


def loop(long: float, timed: Callable[[int], float]) -> Callable[[], Callable[[], Sample]]:
    """Rounds of so many operations that one takes `long` seconds, which `timed` tells; the value is
    nanoseconds an operation."""

    def prepare() -> Callable[[], Sample]:
        operations = 16
        while (taken := timed(operations)) < long / 4:
            operations *= 2
        operations = 1 + int(operations * long / taken)
        return lambda: Sample(timed(operations) / operations * 1e9)

    return prepare


def timed_alone(work: Callable[[int], None], operations: int) -> float:
    begin = time.monotonic()
    work(operations)
    return time.monotonic() - begin


def run(*bodies: Callable[[], None]) -> float:
    """All at once; the seconds from when all are ready until the last has ended."""
    ready = threading.Barrier(len(bodies) + 1)

    def started(body: Callable[[], None]) -> None:
        ready.wait()
        body()

    threads = [threading.Thread(target=started, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    while ready.n_waiting < len(bodies):
        time.sleep(0)
    begin = time.monotonic()
    ready.wait()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin
