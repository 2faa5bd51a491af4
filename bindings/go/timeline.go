package threading

// #include <stdlib.h>
// #include "callbacks.h"
import "C"

import (
	"io"
	"unsafe"
)

// TimelineJSON writes what the threads did lately, as Chrome's trace events, which Perfetto and
// speedscope draw. Recorded is what happens while the timeline is on: the environment variables
// THREADING_TIMELINE=FILE and THREADING_INSPECT=timeline switch it on. It fails as [Dump] does.
func TimelineJSON(w io.Writer) error {
	return dump(w, timelineJSONTo)
}

// ReportHTML writes one page of HTML with the dump, the contention and the timeline in it. It fails
// as [Dump] does.
func ReportHTML(w io.Writer) error {
	return dump(w, reportHTMLTo)
}

// Mark puts a text, of which up to 64 bytes are kept, into the timeline, at this moment of the
// track of the calling goroutine's thread. It does nothing while the timeline is off. It fails with
// ErrInvalidArgument if the text is not UTF-8.
func Mark(text string) error {
	bytes := C.CString(text)
	defer C.free(unsafe.Pointer(bytes))
	return check(C.threading_mark(bytes))
}

// timelineJSONTo writes to a descriptor.
func timelineJSONTo(fd uintptr) error {
	return check(C.threading_timeline_json(C.int32_t(fd)))
}

// reportHTMLTo writes to a descriptor.
func reportHTMLTo(fd uintptr) error {
	return check(C.threading_report_html(C.int32_t(fd)))
}
