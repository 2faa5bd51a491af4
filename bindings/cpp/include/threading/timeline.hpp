// What the threads did lately: as a timeline for viewers, and as a page for people.
#ifndef THREADING_TIMELINE_HPP
#define THREADING_TIMELINE_HPP

#include <ostream>
#include <string>

#include <threading/inspect.hpp>
#include <threading/status.hpp>

namespace threading {

/// Writes what the threads did lately to a descriptor, as Chrome's trace events: Perfetto and
/// speedscope draw them. Recorded is what happens while the timeline is on: `threading_inspect` of
/// C with THREADING_INSPECT_TIMELINE, or the environment variable THREADING_TIMELINE. Throws
/// `invalid_argument` if the descriptor cannot be written to, `busy` if another timeline, dump or
/// report is being written, `no_resources`.
inline void timeline_json(int fd) {
    detail::check(threading_timeline_json(fd), "threading_timeline_json");
}

/// As `timeline_json(fd)`, to a stream, whose state says whether it took the text. All is collected
/// first.
inline void timeline_json(std::ostream &out) {
    detail::dump_to(out, threading_timeline_json, "threading_timeline_json");
}

/// Writes one page of HTML to a descriptor, with the dump, the contention and the timeline in it.
/// Throws as `timeline_json(fd)` does.
inline void report_html(int fd) {
    detail::check(threading_report_html(fd), "threading_report_html");
}

/// As `report_html(fd)`, to a stream.
inline void report_html(std::ostream &out) {
    detail::dump_to(out, threading_report_html, "threading_report_html");
}

/// Puts a text, of which up to 64 bytes are kept, into the timeline, at this moment of the calling
/// thread's track; does nothing while the timeline is off. Throws `invalid_argument` if the text is
/// not UTF-8.
inline void mark(const std::string &text) {
    detail::check(threading_mark(text.c_str()), "threading_mark");
}

} // namespace threading

#endif
