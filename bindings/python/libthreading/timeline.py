"""What the threads did lately: as a timeline for viewers, and as a page for people."""

from __future__ import annotations

import json
from typing import Any, Dict

from libthreading._errors import error_of
from libthreading._library import (
    INVALID_ARGUMENT,
    threading_mark,
    threading_report_html,
    threading_timeline_json,
)
from libthreading.inspection import descriptor_of, memory_file, write


def timeline_json(file: Any) -> None:
    """Writes what the threads did lately, as Chrome's trace events: Perfetto and speedscope draw
    them.

    file is a file object with fileno(), or a descriptor. Recorded is what happens while the
    timeline is on, which THREADING_TIMELINE=FILE or THREADING_INSPECT=timeline in the environment
    switches on. Raises OSError if the file cannot be written to, and RuntimeError while another
    timeline, dump or report is being written.
    """
    write(threading_timeline_json, descriptor_of(file))


def timeline() -> Dict[str, Any]:
    """What timeline_json writes, as a dictionary."""
    with memory_file() as file:
        write(threading_timeline_json, file.fileno())
        file.seek(0)
        return json.loads(file.read())  # type: ignore[no-any-return]


def report_html(file: Any) -> None:
    """Writes one page of HTML with the dump, the contention and the timeline in it. Raises what
    timeline_json raises."""
    write(threading_report_html, descriptor_of(file))


def mark(text: str) -> None:
    """Puts a text, of which up to 64 bytes are kept, into the timeline, at this moment of the
    calling thread's track. Does nothing while the timeline is off. Raises ValueError for a text
    with a null character or a surrogate."""
    if "\0" in text:
        raise ValueError("a mark has no null character")
    status = threading_mark(text.encode())
    if status == INVALID_ARGUMENT:
        raise ValueError("the text is no UTF-8")
    if status:
        raise error_of(status)
