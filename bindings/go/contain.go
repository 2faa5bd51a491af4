package threading

// #include "callbacks.h"
import "C"

import (
	"fmt"
	"iter"
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A failure is how a callback ended that did not return.
type failure struct {
	// The panic's value, and the stack that it came from.
	value any
	stack []byte
	// It ended by runtime.Goexit, without a panic.
	goexit bool
}

// errGoexit is what contain stops a Goexit with.
var errGoexit = fmt.Errorf("threading: Goexit in a callback")

// contain calls fn in the calling thread, and comes back however fn ends: neither a panic nor a
// Goexit may pass through C frames, since Go would drop them without unwinding them. It returns nil
// if fn returned.
//
// A Goexit cannot be recovered from, so fn runs in a goroutine of its own; iter.Pull is what runs
// one in the same thread. It would pass a Goexit on to its caller, but not if a panic comes after
// it.
//
// The runtime insists that the goroutine ends with as many calls of LockOSThread as it began with.
// end is called last; or nil.
func contain(fn, end func()) (failed *failure) {
	next, _ := iter.Pull(func(func(struct{}) bool) {
		returned := false
		defer func() {
			if !returned {
				value := recover()
				if value == nil {
					failed = &failure{goexit: true}
					defer panic(errGoexit)
				} else {
					failed = &failure{value: value, stack: debug.Stack()}
				}
			}
			if end != nil {
				end()
			}
		}()
		fn()
		returned = true
	})
	defer func() {
		if failed != nil && failed.goexit {
			_ = recover()
		}
	}()
	next()
	return failed
}

// unpin makes up for calls of LockOSThread that the func of a thread left behind, for example with
// an RLock that it still holds: the goroutine is tied to the thread anyway. Calls too many do
// nothing.
func unpin() {
	const enough = 1 << 12
	for range enough {
		runtime.UnlockOSThread()
	}
}

// handOver makes a failure into a number that C can carry; 0 is none.
func handOver(failed *failure) C.uintptr_t {
	if failed == nil {
		return 0
	}
	return C.uintptr_t(cgo.NewHandle(failed))
}

// resume lets a failure that C has carried go on in the Go function whose call it happened in.
func resume(carried C.uintptr_t) {
	if carried == 0 {
		return
	}
	handle := cgo.Handle(carried)
	failed := handle.Value().(*failure)
	handle.Delete()
	if failed.goexit {
		runtime.Goexit()
	}
	panic(failed.value)
}

// report is what becomes of a panic that nobody above can recover: the excepthook gets it, and
// without one the process ends.
func report(failed *failure) {
	if failed == nil || failed.goexit {
		return
	}
	if excepthook.Load() == nil {
		crash(failed)
	}
	payload := cgo.NewHandle(failed)
	defer payload.Delete()
	// Whatever the value's methods do, a text comes out.
	reportException(fmt.Sprintf("%T", failed.value), fmt.Sprint(failed.value), payload)
}

func reportException(kind, message string, payload cgo.Handle) error {
	kindC, messageC := C.CString(strings.ToValidUTF8(kind, "\uFFFD")),
		C.CString(strings.ToValidUTF8(message, "\uFFFD"))
	defer free(kindC)
	defer free(messageC)
	return check(C.threading_go_report_exception(kindC, messageC, C.uintptr_t(payload)))
}

// An uncaught is what a process panics with when a callback did and nobody wants to know.
type uncaught struct {
	failure *failure
	thread  string
}

func (u uncaught) Error() string {
	return fmt.Sprintf("%s\n\nin thread %s, %s", escaped(fmt.Sprint(u.failure.value)),
		escaped(u.thread), u.failure.stack)
}

// escaped returns a text with escapes for what a terminal or a log would obey, as the C library
// prints names and messages.
func escaped(text string) string {
	var result strings.Builder
	for place, character := range text {
		switch {
		case character == utf8.RuneError &&
			!strings.HasPrefix(text[place:], string(utf8.RuneError)):
			fmt.Fprintf(&result, `\x%02x`, text[place])
		case character == '\n':
			result.WriteString(`\n`)
		case character == '\r':
			result.WriteString(`\r`)
		case character == '\t':
			result.WriteString(`\t`)
		case character < ' ' || character == 0x7f:
			fmt.Fprintf(&result, `\x%02x`, character)
		case unicode.Is(obeyed, character):
			fmt.Fprintf(&result, `\u%04x`, character)
		default:
			result.WriteRune(character)
		}
	}
	return result.String()
}

// obeyed are the control characters of more than one byte, the separators of lines, and the marks
// of direction.
var obeyed = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x80, Hi: 0x9f, Stride: 1},
	{Lo: 0x61c, Hi: 0x61c, Stride: 1},
	{Lo: 0x200e, Hi: 0x200f, Stride: 1},
	{Lo: 0x2028, Hi: 0x202e, Stride: 1},
	{Lo: 0x2066, Hi: 0x2069, Stride: 1},
}}

// crash ends the process as an uncaught panic does. It happens in another goroutine, where no
// recover of the program can stop it halfway through C.
func crash(failed *failure) {
	name := CurrentName()
	go func() { panic(uncaught{failed, name}) }()
	select {}
}
