"""Results of the benchmark's programs: how they are put together, and what counts as reached."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass

# Names as the tables print them.
NAMES = {
    "libthreading": "libthreading",
    "pthread": "pthread",
    "pthread_recursive": "pthread recursive",
    "c11": "C11",
    "std": "C++ std",
    "std_promise": "C++ thread and promise",
    "moodycamel_unbounded": "moodycamel, unbounded",
    "readerwriter_spsc": "readerwriterqueue, 1:1 alone",
    "glib": "GLib",
    "nsync": "nsync",
    "abseil": "abseil",
    "sdl2": "SDL2",
    "apr": "APR",
    "apr_queue": "APR queue",
    "libuv": "libuv",
    "boost": "Boost",
    "go": "Go",
    "go_threads": "Go on threads",
    "go_channel": "Go channel",
    "goroutines": "goroutines",
    "cpython": "CPython",
    "rust_std": "Rust std",
    "parking_lot": "parking_lot",
}

# What a run calls missing when a program is: that of another language.
LANGUAGES = {"go_bench": "Go", "rust_bench": "Rust", "python_bench": "CPython"}

# Shown, but no rivals: nothing changes hands between threads there.
NOT_THREADS = ("goroutines", "go_channel")

# Shown, but no rivals either: a queue that keeps no order and has no limit, and one for two
# threads.
DOES_LESS = ("moodycamel_unbounded", "readerwriter_spsc")

EXTRAS = (
    "cpu_seconds_per_million", "switches_per_op", "least_percent", "p999_us", "longest_wait_ms",
    "slow_round", "longest_round",
)

# Parameters by which rows make a family; the first that a row has counts.
GROWING = (
    "busy", "threads", "waiters", "slots", "pending", "batch", "objects", "children",
)

# What is said of rows that differ in the number of busy processes.
BESIDE = ", beside busy processes"


def name(who: str) -> str:
    return NAMES.get(who, who.replace("_", " "))


def is_ours(who: str) -> bool:
    return who.startswith("libthreading")


def number(value: float | None) -> str:
    """Three digits that count, and no power of ten."""
    if value is None:
        return "-"
    size = abs(value)
    digits = 0 if size >= 100 or value == 0 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:.{digits}f}"


def title(row: dict) -> str:
    """As `threading_bench --list` prints it."""
    return " ".join(
        [row["row"], *(f"{parameter}={value:g}" for parameter, value in row["parameters"].items())]
    )


def words(row: dict, without: str = "") -> str:
    """For people: the row and its parameters."""
    found = dict(row["parameters"])
    found.pop(without, None)
    parts = [row["row"]]
    if "section_ns" in found and row["row"] in ("contended lock", "fairness"):
        parts.append(f"{found['section_ns']:g} ns")
    found.pop("section_ns", None)
    if "producers" in found:
        parts.append(f"{found.pop('producers'):g}:{found.pop('consumers'):g}")
    on_one = found.pop("cpus", 2) == 1
    if "busy" in found:
        processes = found.pop("busy")
        parts.append(f"beside {processes:g} busy process{'es' if processes > 1 else ''} a CPU")
    if "batch" in found:
        parts.append(f"in batches of {found.pop('batch'):.0f}")
    parts += [f"{value:.0f} {what.replace('_', ' ')}" for what, value in found.items()]
    return ", ".join(parts) + (", on one CPU" if on_one else "")


@dataclass
class Family:
    """Rows that differ in one parameter alone, the one that grows; or one row that has no such."""

    row: str
    words: str
    growing: str
    rows: list[dict]


def families(data: dict) -> list[Family]:
    found: dict[tuple[str, str], Family] = {}
    for row in data["rows"]:
        if row.get("skipped") or ours(row) is None:
            continue
        growing = next((each for each in GROWING if each in row["parameters"]), "")
        described = words(row, without=growing)
        if growing == "busy":
            described += BESIDE
        found.setdefault(
            (described, growing), Family(row["row"], described, growing, [])
        ).rows.append(row)
    for family in found.values():
        if len(family.rows) == 1:
            family.words, family.growing = words(family.rows[0]), ""
    return list(found.values())


def key(row: dict) -> tuple:
    return row["row"], tuple(
        sorted((parameter, float(value)) for parameter, value in row["parameters"].items())
    )


def of(row: dict, who: str) -> dict | None:
    return next((result for result in row["results"] if result["who"] == who), None)


def ours(row: dict) -> dict | None:
    return of(row, "libthreading")


def best(row: dict, elsewhere: bool = False, fair: bool = False) -> dict | None:
    """The best rival: of those in the program that ours is in, whose rounds are interleaved with
    ours, or of those in other programs.

    With `fair`, of those that serve their least-served thread at 30 % of its share at least.
    """
    found = [
        result
        for result in row["results"]
        if not is_ours(result["who"])
        and result["who"] not in (*NOT_THREADS, *DOES_LESS)
        and ("program" in result) == elsewhere
        and (not fair or result.get("extra", {}).get("least_percent", 0) >= 30)
    ]
    return min(found, key=lambda result: result["median"], default=None)


def contenders(row: dict) -> list[dict]:
    """This library and the rivals whose rounds are interleaved with its own."""
    return [
        result
        for result in row["results"]
        if result["who"] not in ("limit", *NOT_THREADS, *DOES_LESS)
        and "program" not in result
        and (result["who"] == "libthreading" or not is_ours(result["who"]))
    ]


# The goal of rows beside busy processes, as a ratio to the best of the others.
CLOSE = 1.2


def close_to_best(rows: list[dict]) -> dict[str, tuple[int, int]]:
    """For each contender in how many of these rows it takes at most `CLOSE` times what the best of
    the others takes, and in how many it is; the one with the greatest part first."""
    found: dict[str, list[bool]] = {}
    for row in rows:
        medians = {one["who"]: one["median"] for one in contenders(row)}
        for who, median in medians.items():
            others = [other for rival, other in medians.items() if rival != who]
            if others:
                found.setdefault(who, []).append(median <= CLOSE * min(others))
    counted = {who: (sum(each), len(each)) for who, each in found.items()}
    return dict(sorted(counted.items(), key=lambda item: -item[1][0] / item[1][1]))


def ratio(row: dict, rival: dict | None) -> float | None:
    """Ours divided by the rival's: below 1 is quicker."""
    mine = ours(row)
    return mine["median"] / rival["median"] if mine and rival and rival["median"] > 0 else None


def judge(row: dict) -> None:
    """Adds what could not be judged before the results of other programs were there."""
    for goal in row.get("goals", []):
        if goal["text"].split()[0] in EXTRAS:
            continue
        if goal["met"] is None:
            reached = ratio(row, of(row, goal["against"]))
            if reached is not None:
                goal.update(reached=reached, met=reached <= goal["ratio"])
        if goal["against"] not in ("best", "fair"):
            continue
        fair = goal["against"] == "fair"
        rival, other = best(row, fair=fair), best(row, elsewhere=True, fair=fair)
        if rival:
            goal["rival"] = rival["who"]
        # Rounds of another program are not interleaved with ours, so a goal is not judged by them;
        # but they are not kept quiet either.
        reached = ratio(row, other)
        if other and reached is not None and reached > goal["ratio"]:
            goal["elsewhere"] = {"rival": other["who"], "reached": reached}


def goals(rows: list[dict]) -> list[tuple[dict, dict]]:
    """Those that could be judged: nobody is met or missed who is not there."""
    return [(row, goal) for row in rows for goal in row.get("goals", []) if goal["met"] is not None]


def merge(first: dict, others: list[dict]) -> tuple[dict, list[str]]:
    """Adds what other programs measured to the rows of the first, and returns titles of rows that
    the first does not have."""
    rows = {key(row): row for row in first["rows"]}
    strangers = []
    for report in others:
        first["versions"].update(report["versions"])
        first["missing"] += report["missing"]
        for row in report["rows"]:
            if key(row) not in rows:
                strangers.append(f"{report['program']}: {title(row)}")
                continue
            if rows[key(row)]["unit"].split()[0] != row["unit"]:
                raise SystemExit(
                    f"{report['program']}: {title(row)} is in {row['unit']}, not in"
                    f" {rows[key(row)]['unit']}"
                )
            rows[key(row)]["results"] += [
                {**result, "program": report["program"]} for result in row["results"]
            ]
    for row in first["rows"]:
        judge(row)
    return first, strangers


def note_missing(data: dict, record: dict) -> None:
    """Adds to each row which rivals it had in the record, and lacks since they are not installed:
    who, and as what they are missing."""
    known = {key(row): row for row in record["rows"]}
    for row in data["rows"]:
        before = known.get(key(row), {"results": []})
        called = {
            result["who"]: LANGUAGES.get(result.get("program"), name(result["who"]))
            for result in before["results"]
        }
        called.update(before.get("without", {}))
        without = {
            who: what
            for who, what in called.items()
            if what in data["missing"] and of(row, who) is None
        }
        if without:
            row["without"] = without


def without(row: dict, elsewhere: bool) -> list[str]:
    """Who is missing in it, by name: of the program that ours is in, or of the others."""
    return [
        name(who)
        for who, what in row.get("without", {}).items()
        if (what in LANGUAGES.values()) == elsewhere
    ]


def load(path: pathlib.Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def save(path: pathlib.Path, data: dict) -> None:
    """A row a line, so that differences can be read; four digits are more than any clock is worth
    here."""

    def rounded(value: object) -> object:
        if isinstance(value, float):
            short = float(f"{value:.4g}")
            return int(short) if short.is_integer() else short
        if isinstance(value, dict):
            return {name: rounded(inner) for name, inner in value.items()}
        return [rounded(inner) for inner in value] if isinstance(value, list) else value

    data = rounded(data)
    head = {name: value for name, value in data.items() if name != "rows"}
    lines = ",\n".join(json.dumps(row) for row in data["rows"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + lines + "\n ]\n}\n", encoding="utf-8"
    )


def machine(data: dict) -> str:
    found = data["machine"]
    return (
        f"{found['cpu']}, {found['cpus']:g} CPUs, {found['memory_gib']:.0f} GiB, {found['kernel']}"
    )


def day(data: dict) -> str:
    return data["date"].split()[0]


def measured_on(data: dict) -> str:
    """What the README, the plots and the results have in common."""
    return f"{machine(data)}; {day(data)}"


def versions(data: dict) -> str:
    return ", ".join(f"{who} {version}" for who, version in data["versions"].items())
