#!/usr/bin/env python3
"""Prints results as a table: as text, or as the Markdown that stands in docs/benchmarks.md between
two marks; and as a summary, in the README."""

from __future__ import annotations

import argparse
import pathlib
import sys
import textwrap

import results
from results import name, number

BEGIN, END = "<!-- speed: begin -->", "<!-- speed: end -->"


def reached(goal: dict) -> str:
    """With another digit where three would make a miss look like a tie."""
    rounded = number(goal["reached"])
    return (
        f"{goal['reached']:.3f}"
        if not goal["met"] and rounded == number(goal["ratio"])
        else rounded
    )


def said(goal: dict) -> str:
    if goal["met"] is None:
        return f"not judged {goal['text']}: nobody is there to be compared with"
    verdict = "met" if goal["met"] else "MISSED"
    rival = f" ({name(goal['rival'])})" if goal.get("rival") else ""
    other = goal.get("elsewhere")
    behind = (
        f"; against {name(other['rival'])}, in another program, {number(other['reached'])}"
        if other
        else ""
    )
    return f"{verdict} {goal['text']}{rival}: {reached(goal)}{behind}"


# ---- text ----


def head(data: dict) -> list[str]:
    lines = [
        f"# {results.machine(data)}, {data['date']}",
        *textwrap.wrap(results.versions(data), 110, initial_indent="# ", subsequent_indent="# "),
    ]
    for missing in data["missing"]:
        lines.append(f"# {missing}: not there, and its column is left out")
    if data["machine"]["cpus"] < 2:
        lines.append(
            "# One CPU: threads never truly meet here. Rows that mean nothing on one CPU say so."
        )
    lines.append(
        "# Each row: what this library took, the limit, and the goals; between them every rival,"
        " and in brackets the ratio of ours to it."
    )
    lines.append(
        "# Rivals behind || are in programs of their own: their rounds are not interleaved with"
        " ours."
    )
    return lines


def row_text(row: dict) -> list[str]:
    lines = ["", f"{results.title(row)}, {row['unit']}"]
    if row.get("skipped"):
        return [*lines, f"    not measured: {row['skipped']}"]
    mine, limit = results.ours(row), row.get("limit")
    parts = []
    if mine:
        parts.append(
            f"ours {number(mine['median'])} ({number(mine['low'])} - {number(mine['high'])})"
        )
        parts += [
            f"{extra.replace('_', ' ')} {number(value)}"
            for extra, value in mine.get("extra", {}).items()
        ]
    if limit:
        over = f" ({number(mine['median'] / limit['median'])})" if mine and limit["median"] else ""
        parts.append(f"limit {number(limit['median'])}{over}: {limit['name']}")
    lines += textwrap.wrap(
        "; ".join(parts), 140, initial_indent="    ", subsequent_indent="        "
    )
    sides: dict[bool, list[str]] = {False: [], True: []}
    for result in row["results"]:
        if result["who"] != "libthreading":
            over = results.ratio(row, result)
            least = result.get("extra", {}).get("least_percent")
            words = f"{name(result['who'])} {number(result['median'])}" + (
                "" if over is None else f" ({number(over)})"
            )
            sides["program" in result].append(
                words + ("" if least is None else f" least {least:.0f} %")
            )
    rivals = " || ".join(" | ".join(side) for side in sides.values() if side)
    lines += textwrap.wrap(rivals, 140, initial_indent="    ", subsequent_indent="    ")
    missing = [*results.without(row, False), *results.without(row, True)]
    if missing:
        lines += textwrap.wrap(
            f"without {', '.join(missing)}: not there", 140, initial_indent="    ",
            subsequent_indent="        ",
        )
    return lines + [f"    {said(goal)}" for goal in row.get("goals", [])]


def text(data: dict) -> str:
    lines = head(data)
    for row in data["rows"]:
        lines += row_text(row)
    goals = results.goals(data["rows"])
    losses = [(row, goal) for row, goal in goals if not goal["met"]]
    lines += ["", f"# {len(goals)} goals: {len(goals) - len(losses)} met, {len(losses)} missed"]
    lines += [f"#   {results.title(row)}: {said(goal)}" for row, goal in losses]
    left_out = [row for row in data["rows"] if row.get("skipped")]
    lines += [f"#   {results.title(row)}: not measured: {row['skipped']}" for row in left_out]
    others, stolen = data["disturbance"]["others_percent"], data["disturbance"]["steal_percent"]
    advice = ": too much, run it again" if others + stolen > 5 else ""
    lines.append(
        f"# Meanwhile other processes had {others:.0f} % of the machine's CPU time, and its host"
        f" took {stolen:.0f} %{advice}"
    )
    return "\n".join(lines)


# ---- Markdown ----


def bold(text_: str, loud: bool) -> str:
    return f"**{text_}**" if loud else text_


def joined(parts: list[str]) -> str:
    return parts[0] if len(set(parts)) == 1 else " · ".join(parts)


def compared(rows: list[dict], elsewhere: bool) -> str:
    """Ratios to the best rival, each with its name unless it is the same for all."""
    missing = list(dict.fromkeys(who for row in rows for who in results.without(row, elsewhere)))
    lacking = f", without {', '.join(missing)}" if missing else ""
    rivals = [results.best(row, elsewhere) for row in rows]
    names = [name(rival["who"]) if rival else "–" for rival in rivals]
    ratios = [results.ratio(row, rival) for row, rival in zip(rows, rivals)]
    words = ["–" if over is None else bold(number(over), over > 1) for over in ratios]
    if set(names) == {"–"}:
        return "–" + lacking
    if len(set(names)) == 1:
        return f"{' · '.join(words)} {names[0]}{lacking}"
    return (
        " · ".join(f"{word} {who}" if who != "–" else "–" for word, who in zip(words, names))
        + lacking
    )


def cells(rows: list[dict]) -> list[str]:
    limits = [row.get("limit") for row in rows]
    over = [
        number(results.ours(row)["median"] / limit["median"]) if limit and limit["median"] else "–"
        for row, limit in zip(rows, limits)
    ]
    medians = " · ".join(number(results.ours(row)["median"]) for row in rows)
    return [medians, compared(rows, False), compared(rows, True), joined(over)]


def goal_cell(growing: str, rows: list[dict]) -> str:
    """Every goal once, with where it was missed and by how much."""
    found: dict[str, list[tuple[dict, dict]]] = {}
    for row, goal in results.goals(rows):
        found.setdefault(goal["text"], []).append((row, goal))
    parts = []
    for wanted, each in found.items():
        lost = [
            (f"at {row['parameters'][growing]:.0f}: " if growing and len(rows) > 1 else "")
            + reached(goal)
            for row, goal in each
            if not goal["met"]
        ]
        parts.append(
            f"{escape(wanted).replace('_', ' ')}: "
            + (f"**missed, {', '.join(lost)}**" if lost else "met")
        )
    return "; ".join(parts)


def escape(words: str) -> str:
    return words.replace("<=", "≤").replace(">=", "≥").replace("|", "\\|")


def counted(data: dict, elsewhere: bool) -> tuple[int, int]:
    """In how many rows there is a rival, and in how many of them the best one is ahead."""
    ratios = [results.ratio(row, results.best(row, elsewhere)) for row in data["rows"]]
    found = [over for over in ratios if over is not None]
    return len(found), sum(over > 1 for over in found)


def beside_busy(data: dict, at_most: int | None = None) -> list[str]:
    """Who keeps up with the best where other processes take the processors, also in a group that is
    throttled and under another policy: every contender is judged in the same way. Each library has
    its slow rounds there. Nothing if that was not measured."""
    rows = [row for row in data["rows"] if row["group"] == "busy"]
    close = list(results.close_to_best(rows).items())
    told = [f"{name(who)} in {met} of {rows}" for who, (met, rows) in close[:at_most]]
    words = f"Rows beside busy processes, within {results.CLOSE} times the best of the others"
    return [f"{words}: {', '.join(told)}."] if told else []


def markdown(data: dict) -> str:
    goals = results.goals(data["rows"])
    losses = sum(not goal["met"] for _, goal in goals)
    (beside, beside_lost), (elsewhere, elsewhere_lost) = counted(data, False), counted(data, True)
    lines = [
        f"Measured by `make bench-record` on {results.measured_on(data)}, with"
        f" {results.versions(data)}."
        + (f" Not there, and left out: {', '.join(data['missing'])}." if data["missing"] else "")
        + f" Meanwhile other processes had {data['disturbance']['others_percent']:.0f} % of the"
        f" machine, and its host took {data['disturbance']['steal_percent']:.0f} %.",
        "",
        (
            "Beside the best of the C and C++ rivals, whose rounds are interleaved with ours, this"
            f" library is behind in {beside_lost} of {beside} rows; beside the best of the other"
            f" languages, whose programs run after ours, in {elsewhere_lost} of {elsewhere}. Of"
            f" {len(goals)} goals {len(goals) - losses} are met and {losses} missed."
        ),
        "",
        *beside_busy(data),
        "",
        (
            "Ratios are ours divided by the rival's: below 1 is quicker, and **bold** is a loss."
            " Where a row has several sizes, the values stand in their order. Goals speak of the"
            " rivals in C and C++ unless they name another; *fair* are those that give their"
            " least-served thread 30 % of its share at least."
        ),
        "",
        "| row | sizes | unit | ours | / best in C and C++ | / best elsewhere | / limit | goals |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for family in results.families(data):
        growing, rows = family.growing, family.rows
        sizes = (
            f"{growing} " + ", ".join(f"{row['parameters'][growing]:.0f}" for row in rows)
            if growing
            else ""
        )
        goals = goal_cell(growing, rows)
        columns = [escape(family.words), sizes, rows[0]["unit"], *cells(rows), goals]
        lines.append(f"| {' | '.join(columns)} |")
    left_out = [
        f"{escape(results.words(row))} ({row['skipped']})"
        for row in data["rows"]
        if row.get("skipped")
    ]
    if left_out:
        lines += ["", f"Not measured: {'; '.join(left_out)}."]
    return "\n".join(lines)


# What the README tells of, if it was measured: the family, the size, and what it is in words.
SHOWN = (
    ("lock uncontended", None, "A free lock, acquired and released"),
    ("contended lock, 0 ns", 2, "A lock that two threads want all the time, acquired and released"),
    ("ping-pong condition", None, "A hand-over to another thread through a condition"),
    ("thread start + join", None, "A thread, started and joined"),
    (
        "timer start + cancel", 1000000,
        "A timer, started and cancelled while a million others are pending",
    ),
)
# How many losses the README names.
NAMED = 6


def losses(data: dict) -> list[tuple[float, str, str]]:
    """The greatest loss of each family to a rival in C or C++, the greatest first: the ratio, the
    rival and the family."""
    found = []
    for family in results.families(data):
        compared_ = [
            (results.ratio(row, rival), rival)
            for row in family.rows
            if (rival := results.best(row))
        ]
        lost = [
            (over, name(rival["who"])) for over, rival in compared_ if over is not None and over > 1
        ]
        if lost:
            found.append((*max(lost), family.words))
    return sorted(found, reverse=True)


def shown(row: dict, words: str) -> str:
    median = results.ours(row)["median"]
    cost = (
        f"{number(median / 1000)} µs"
        if row["unit"].startswith("ns") and median >= 10000
        else f"{number(median)} {row['unit'].split()[0]}"
    )
    rival = results.best(row)
    over = results.ratio(row, rival)
    return f"- {words}: {cost}" + (
        "." if over is None else f", {number(over)} times what {name(rival['who'])} takes."
    )


def summary(data: dict) -> str:
    """For the README: where it was measured, what a few things cost beside the best rival in C and
    C++, and the losses in one sentence. A line each: the page has room for two screens."""
    families = {family.words: family for family in results.families(data)}
    lines = [
        f"`make bench` on {results.measured_on(data)}; each beside the best rival in C or C++:"
    ]
    for family, size, words in SHOWN:
        rows = families[family].rows if family in families else []
        lines += [
            shown(row, words)
            for row in rows
            if size is None or row["parameters"].get(families[family].growing) == size
        ]
    (beside, beside_lost), (elsewhere, elsewhere_lost) = counted(data, False), counted(data, True)
    most = [f"{words} ({number(over)} times {who})" for over, who, words in losses(data)[:NAMED]]
    lost = (
        f"- Losses: the best rival in C or C++ is ahead in {beside_lost} of {beside} rows, the best"
        f" in another language in {elsewhere_lost} of {elsewhere}"
        + (f"; the greatest losses are: {'; '.join(most)}." if most else ".")
    )
    busy = [f"- {told}" for told in beside_busy(data, 2)]
    return "\n".join([*lines, *busy, lost])


def put(path: pathlib.Path, content: str) -> None:
    before, _, after = between_marks(path.read_text(encoding="utf-8"))
    path.write_text(f"{before}{BEGIN}\n{content}\n{END}{after}", encoding="utf-8")


def between_marks(readme: str) -> tuple[str, str, str]:
    """What stands before the first mark, between the two, and behind the second."""
    before, first, rest = readme.partition(BEGIN + "\n")
    found, last, after = rest.partition(END)
    if not first or not last:
        raise SystemExit(
            f"the marks {BEGIN} and {END} are not there, each at the beginning of a line"
        )
    return before, found, after


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument(
        "--into", type=pathlib.Path, metavar="PAGE",
        help="put the Markdown between the marks of this file",
    )
    parser.add_argument(
        "--summary-into", type=pathlib.Path, metavar="README",
        help="and the summary between the marks of this one",
    )
    options = parser.parse_args()
    data = results.load(options.results)
    if options.into:
        put(options.into, markdown(data))
    if options.summary_into:
        put(options.summary_into, summary(data))
    if not options.into and not options.summary_into:
        print(markdown(data) if options.markdown else text(data))


if __name__ == "__main__":
    sys.exit(main())
