#!/usr/bin/env python3
"""Draws the plots of docs/benchmarks.md from results, as SVG: the same results give the same
files."""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import sys
import textwrap

import places
import results
from results import name

# Debian's own Python has python3-matplotlib, whichever python3 comes first on the PATH.
DEBIAN = "/usr/bin/python3"
try:
    import matplotlib
except ImportError:
    if (
        __name__ == "__main__"
        and os.path.exists(DEBIAN)
        and os.path.realpath(sys.executable) != os.path.realpath(DEBIAN)
    ):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print(
        "The plots are not drawn: matplotlib is not installed (Debian: python3-matplotlib).",
        file=sys.stderr,
    )
    sys.exit(3)
matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

OURS, LOSS, LIMIT = "#0050c8", "#c8102e", "#000000"
# A colour and a mark for each rival, the same in all plots; no two have the same colour.
STYLES = {
    "pthread": ("#e69f00", "s"),
    "pthread_recursive": ("#f7cf6b", "D"),
    "c11": ("#9c8ade", "P"),
    "std": ("#6b4c1e", "X"),
    "glib": ("#009e73", "^"),
    "nsync": ("#cc79a7", "v"),
    "abseil": ("#7f3fbf", "<"),
    "sdl2": ("#a8a8a8", ">"),
    "apr": ("#555555", "p"),
    "libuv": ("#56b4e9", "h"),
    "boost": ("#8b1a5c", "d"),
    "go": ("#00606b", "*"),
    "go_threads": ("#2ec4b6", "*"),
    "rust_std": ("#d55e00", "x"),
    "parking_lot": ("#ff9e80", "+"),
    "cpython": ("#6b8e23", "1"),
}


def style(who: str) -> tuple[str, str]:
    return STYLES.get(who, ("#bbbbbb", "."))


def plain(value: float, _position: int = 0) -> str:
    for step, unit in ((1e6, "M"), (1e3, "k")):
        if value >= 10 * step or value == step:
            return f"{value / step:g}{unit}"
    return f"{value:g}"


def numbers_on(axis: object) -> None:
    """Where an axis spans little more than a decade, numbers between the powers of ten too."""
    low, high = sorted(axis.get_view_interval())
    if high / low < 50:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(plain))
    axis.set_minor_formatter(NullFormatter())


LINE = 0.16  # inches


def finish(figure: object, data: dict, rivals: list[str], with_limit: bool) -> object:
    """Above each plot who is who; below it on which machine, on which day, with which versions."""
    caption = [
        results.measured_on(data),
        *textwrap.wrap(results.versions(data), int(figure.get_figwidth() * 17)),
    ]
    handles = [Line2D([], [], color=OURS, marker="o", linewidth=2.5, label=name("libthreading"))]
    if with_limit:
        handles.append(Line2D([], [], color=LIMIT, linestyle="--", label="limit"))
    for who in rivals:
        colour, mark = style(who)
        handles.append(Line2D([], [], color=colour, marker=mark, linewidth=1, label=name(who)))
    columns, lines = 8, -(-len(handles) // 8) if rivals else 0
    height = figure.get_figheight()
    below, above = (LINE * len(caption) + 0.08) / height, (0.2 * lines + 0.05) / height
    figure.tight_layout(rect=(0, below, 1, 1 - above))
    figure.text(
        0.01,
        0.04 / height,
        "\n".join(caption),
        fontsize=7,
        color="#444444",
        va="bottom",
        linespacing=1.1,
    )
    if rivals:
        figure.legend(
            handles=handles, loc="upper center", ncol=columns, fontsize=8, frameon=False,
            borderaxespad=0.1,
        )
    return figure


def save(figure: object, path: pathlib.Path) -> None:
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    path.write_text(
        "".join(map(smaller, path.read_text(encoding="utf-8").splitlines())), encoding="utf-8"
    )


def smaller(line: str) -> str:
    """A line of SVG with hundredths of a point, and without what means nothing."""
    if "<text" in line:
        return re.sub(r' transform="rotate\(-0 [^"]*"', "", line.strip()) + "\n"
    return (
        re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found.group()):.2f}", line).strip() + "\n"
    )


def measured(data: dict) -> list[dict]:
    return [row for row in data["rows"] if not row.get("skipped") and results.ours(row)]


def rivals_of(rows: list[dict]) -> list[str]:
    found = {
        result["who"]
        for row in rows
        for result in row["results"]
        if not results.is_ours(result["who"])
    }
    return [who for who in results.NAMES if who in found and who in STYLES]


# ---- every row at a glance ----


def ratios(data: dict) -> object:
    lines = places.lines_of(measured(data))
    figure, axes = pyplot.subplots(figsize=(10, 1.4 + 0.2 * len(lines)))
    for place, line in enumerate(lines):
        for over, elsewhere in line.compared():
            axes.plot(
                over, place, marker="o", markersize=6, color=LOSS if over > 1 else OURS,
                fillstyle="none" if elsewhere else "full",
            )
    objects = [line.object for line in lines]
    for band, what in enumerate(dict.fromkeys(objects)):
        first, count = objects.index(what), objects.count(what)
        if band % 2:
            axes.axhspan(first - 0.5, first + count - 0.5, color="#f3f5f8", zorder=0)
        axes.text(
            -0.37, first, what, transform=axes.get_yaxis_transform(), fontsize=8, va="center",
            fontweight="bold",
        )  # fmt: skip
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    numbers_on(axes.xaxis)
    axes.set_yticks(range(len(lines)), [line.words for line in lines], fontsize=8)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.tick_params(labelsize=8)
    axes.grid(True, axis="both", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.set_xlabel(
        "libthreading divided by the best rival (log scale): left of 1 is better, right of it (red)"
        " is a loss",
        fontsize=8,
    )
    marks = (
        (OURS, "full", "the best of C and C++, rounds interleaved"),
        (OURS, "none", "the best of Go, Rust and CPython"),
        (LOSS, "full", "a loss"),
    )
    handles = [
        Line2D([], [], linestyle="", marker="o", color=colour, fillstyle=fill, label=label)
        for colour, fill, label in marks
    ]
    # Beside the lines of the process, where no mark is so far to the left.
    axes.legend(
        handles=handles, title="a mark for each row", title_fontsize=8, fontsize=8,
        loc="lower left", bbox_to_anchor=(0, objects.count(places.BUSY) / len(lines)),
    )
    return finish(figure, data, [], False)


# ---- curves ----

AXES = {"busy": "busy processes for each CPU"}


def curve(axes: object, rows: list[dict], growing: str, log: bool) -> None:
    rows = sorted(rows, key=lambda row: row["parameters"].get(growing, 0))
    sizes = [row["parameters"].get(growing, 0) for row in rows]
    for who in rivals_of(rows):
        found = [(size, results.of(row, who)) for size, row in zip(sizes, rows)]
        colour, mark = style(who)
        axes.plot(
            [size for size, result in found if result],
            [result["median"] for _, result in found if result],
            color=colour, marker=mark, markersize=4, linewidth=0.9,
        )  # fmt: skip
    limits = [(size, row["limit"]["median"]) for size, row in zip(sizes, rows) if row.get("limit")]
    if limits:
        axes.plot(*zip(*limits), color=LIMIT, linestyle="--", linewidth=1)
    mine = [results.ours(row) for row in rows]
    axes.plot(
        sizes, [result["median"] for result in mine], color=OURS, marker="o", linewidth=2.5,
        markersize=5, zorder=5,
    )
    axes.fill_between(
        sizes, [result["low"] for result in mine], [result["high"] for result in mine], color=OURS,
        alpha=0.15,
    )
    axes.set_xscale("log" if min(sizes) > 0 else "linear")
    axes.set_xticks(sizes, [plain(size) for size in sizes])
    axes.set_xticks([], minor=True)
    unit = rows[0]["unit"]
    if log:
        axes.set_yscale("log")
        numbers_on(axes.yaxis)
        unit += ", log scale"
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(AXES.get(growing, growing), fontsize=8)
    axes.set_ylabel(f"{unit}; lower is better", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(True, color="#e8e8e8")


def curves(data: dict, families: list, log: bool = True) -> object:
    columns = 3
    lines = -(-len(families) // columns)
    figure, grid = pyplot.subplots(lines, columns, figsize=(10, 2.8 * lines + 0.9), squeeze=False)
    for axes in grid.flat[len(families) :]:
        axes.set_visible(False)
    for axes, family in zip(grid.flat, families):
        curve(axes, family.rows, family.growing, log)
        axes.set_title(family.words, fontsize=9)
    rows = [row for family in families for row in family.rows]
    return finish(figure, data, rivals_of(rows), any(row.get("limit") for row in rows))


def contended(data: dict) -> object:
    families = [
        family
        for family in results.families(data)
        if family.row == "contended lock" and family.growing == "threads"
        and len(family.rows) > 2
    ]
    # From 0, so that a difference is as large as it looks.
    return curves(data, families, log=False) if families else None


def growth(data: dict) -> object:
    families = [
        family
        for family in results.families(data)
        if family.row != "contended lock" and family.growing not in ("", "busy")
        and len(family.rows) > 2
    ]
    families = [family for family in families if family.rows[0]["parameters"].get("cpus", 2) == 2]
    return curves(data, families) if families else None


def busy(data: dict) -> object:
    """Beside busy processes, with the same row where there are none."""
    families = [family for family in results.families(data) if family.growing == "busy"]
    quiet = {results.key(row): row for row in measured(data)}
    for family in families:
        row, parameters = family.rows[0], dict(family.rows[0]["parameters"])
        del parameters["busy"]
        alone = quiet.get(results.key({"row": row["row"], "parameters": parameters}))
        family.rows += [alone] if alone else []
        # The axis says the rest.
        family.words = family.words.removesuffix(results.BESIDE)
    return curves(data, families) if families else None


# ---- values side by side ----


def points(axes: object, rows: list[dict], value: object, words: list[str]) -> None:
    """A line for each row, a mark for each who."""
    for place, row in enumerate(rows):
        if row.get("limit") and value is median:
            axes.plot(row["limit"]["median"], place, marker="|", markersize=14, color=LIMIT)
        for who in rivals_of([row]):
            found = value(results.of(row, who))
            if found is not None:
                colour, mark = style(who)
                axes.plot(found, place, marker=mark, color=colour, markersize=5)
        mine = value(results.ours(row))
        if mine is not None:
            axes.plot(mine, place, marker="o", color=OURS, markersize=7, zorder=5)
    axes.set_yticks(range(len(rows)), words, fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(True, color="#e8e8e8")
    axes.tick_params(labelsize=8)


def median(result: dict) -> float | None:
    return result["median"]


def extra(which: str) -> object:
    return lambda result: result.get("extra", {}).get(which)


def single(data: dict) -> object:
    """Rows without sizes: what one call, one pass, one thread costs."""
    families = [
        family
        for family in results.families(data)
        if len(family.rows) == 1 and family.rows[0]["unit"].startswith("ns")
    ]
    rows = [family.rows[0] for family in families]
    if not rows:
        return None
    figure, axes = pyplot.subplots(figsize=(10, 1.9 + 0.24 * len(rows)))
    points(axes, rows, median, [results.words(row) for row in rows])
    axes.set_xscale("log")
    numbers_on(axes.xaxis)
    axes.set_xlabel("ns, log scale; left is better", fontsize=8)
    return finish(figure, data, rivals_of(rows), True)


def fairness(data: dict) -> object:
    rows = [row for row in measured(data) if row["row"] == "fairness"]
    if not rows:
        return None
    figure, grid = pyplot.subplots(1, 3, figsize=(10, 1.9 + 0.3 * len(rows)), sharey=True)
    words = [results.words(row) for row in rows]
    heads = (
        ("least_percent", "least-served thread, % of its share; right is better", False),
        ("longest_wait_ms", "longest wait, ms, log scale; left is better", True),
        ("cpu_seconds_per_million", "CPU s for a million, log scale; left is better", True),
    )
    for axes, (which, head, log) in zip(grid, heads):
        points(axes, rows, extra(which), words)
        axes.set_xlabel(head, fontsize=7)
        if log:
            axes.set_xscale("log")
            numbers_on(axes.xaxis)
        else:
            axes.set_xlim(left=0)
    return finish(figure, data, rivals_of(rows), False)


PLOTS = {
    "ratios": ratios,
    "single": single,
    "contended": contended,
    "fairness": fairness,
    "growth": growth,
    "busy": busy,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    options = parser.parse_args()
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "libthreading",
            "svg.fonttype": "none",
            "font.family": "DejaVu Sans",
            "figure.facecolor": "white",
        }
    )
    data = results.load(options.results)
    options.directory.mkdir(parents=True, exist_ok=True)
    for which, draw in PLOTS.items():
        path = options.directory / f"{which}.svg"
        figure = draw(data)
        if figure is None:
            path.unlink(missing_ok=True)
            continue
        save(figure, path)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
