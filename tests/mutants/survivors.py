"""The table of the mutants that no test can catch, or need not, and why: survivors.md beside this
file."""

import pathlib
import re

TABLE = pathlib.Path(__file__).with_name("survivors.md")


def rows(text):
    """(file and function, the line's text, what was done, why) of every row; a | inside a cell is
    written \\|."""
    for line in text.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[0].startswith("`src/"):
            yield tuple(
                cell.strip("`") if number < 3 else cell for number, cell in enumerate(cells)
            )


def key(mutant):
    """What tells a mutant from others wherever its line stands. The same change at another place of
    the line counts as the same."""
    return (
        f"{mutant['file']} {mutant['function']}".strip(), mutant["original"].strip(),
        mutant["what"],
    )


def explained():
    return {(place, line, what) for place, line, what, _ in rows(TABLE.read_text())}


def row(mutant):
    """The row of a mutant, without the reason."""
    cells = [f"`{cell}`".replace("|", "\\|") for cell in key(mutant)]
    return f"| {' | '.join(cells)} | |"
