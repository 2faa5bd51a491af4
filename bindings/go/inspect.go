package threading

// #include "callbacks.h"
import "C"

import (
	"io"
	"math"
	"os"
	"time"
)

// A Kind is what a thread waits for. Later versions of the library may know more.
type Kind int32

const (
	// KindNone is nothing.
	KindNone Kind = C.THREADING_KIND_NONE
	// KindThread is the end of a thread.
	KindThread Kind = C.THREADING_KIND_THREAD
	// KindLock is a [Lock].
	KindLock Kind = C.THREADING_KIND_LOCK
	// KindRLock is an [RLock].
	KindRLock Kind = C.THREADING_KIND_RLOCK
	// KindCondition is a notify of a [Condition]. A waiter that was notified waits for its lock.
	KindCondition Kind = C.THREADING_KIND_CONDITION
	// KindSemaphore is a unit of a [Semaphore].
	KindSemaphore Kind = C.THREADING_KIND_SEMAPHORE
	// KindEvent is an [Event].
	KindEvent Kind = C.THREADING_KIND_EVENT
	// KindBarrier is a [Barrier].
	KindBarrier Kind = C.THREADING_KIND_BARRIER
	// KindTimer is a [Timer].
	KindTimer Kind = C.THREADING_KIND_TIMER
	// KindLocal is a [Local]. No thread waits for one.
	KindLocal Kind = C.THREADING_KIND_LOCAL
	// KindRWLock is an [RWLock], to read or to write.
	KindRWLock Kind = C.THREADING_KIND_RWLOCK
	// KindStop is a [Stop].
	KindStop Kind = C.THREADING_KIND_STOP
	// KindLatch is a [Latch].
	KindLatch Kind = C.THREADING_KIND_LATCH
	// KindQueue is a [Queue].
	KindQueue Kind = C.THREADING_KIND_QUEUE
	// KindExecutor is the end of the tasks of an executor, which C code may wait for.
	KindExecutor Kind = C.THREADING_KIND_EXECUTOR
	// KindFuture is a future of C code. A wait for one is shown as one for the end of its thread.
	KindFuture Kind = C.THREADING_KIND_FUTURE
	// KindSleep is time, in threading_sleep, which C code may call.
	KindSleep Kind = C.THREADING_KIND_SLEEP
	// KindLibrary is something of the library's own; or the end of all threads, in [Shutdown].
	KindLibrary Kind = C.THREADING_KIND_LIBRARY
)

var kindNames = map[Kind]string{
	KindNone: "none", KindThread: "thread", KindLock: "lock", KindRLock: "rlock",
	KindCondition: "condition", KindSemaphore: "semaphore", KindEvent: "event",
	KindBarrier: "barrier", KindTimer: "timer", KindLocal: "local", KindLatch: "latch",
	KindStop: "stop", KindQueue: "queue", KindRWLock: "rwlock",
	KindExecutor: "executor", KindFuture: "future",
	KindSleep: "sleep", KindLibrary: "library",
}

// String returns what [DumpJSON] calls the kind, such as "lock".
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return "object"
}

// A Certainty is how sure it is that the threads of a deadlock wait for ever.
type Certainty int32

const (
	// CertaintyNone: there is no deadlock.
	CertaintyNone Certainty = C.THREADING_CERTAINTY_NONE
	// CertaintyProbable: they wait until somebody else releases a [Lock] of theirs, which any
	// goroutine may do.
	CertaintyProbable Certainty = C.THREADING_CERTAINTY_PROBABLE
	// CertaintyCertain: they wait for ever: all that they wait for are RLocks and ends of threads.
	CertaintyCertain Certainty = C.THREADING_CERTAINTY_CERTAIN
)

// String returns "none", "probable" or "certain".
func (c Certainty) String() string {
	switch c {
	case CertaintyProbable:
		return "probable"
	case CertaintyCertain:
		return "certain"
	}
	return "none"
}

// A Wait is what one thread waits for.
type Wait struct {
	// Thread is the thread that waits; nil if it is one of Go's that has not asked for itself with
	// [CurrentThread].
	Thread *Thread
	// Ident is the ident of that thread.
	Ident uint64
	// NativeID is the operating system's id of that thread; 0 if it is not known.
	NativeID uint64
	// Kind is what kind of thing it waits for.
	Kind Kind
	// Object is a number for what it waits for, that no other object has, before or after; 0 for
	// what is no object. Dumps show it.
	Object uint64
	// Holder is the ident of the thread that holds the Lock or RLock, or whose end is waited for; 0
	// if nobody is known.
	Holder uint64
	// Waited is for how long it has waited.
	Waited time.Duration
	// Remaining is for how much longer it waits at most; [Infinite] if it has no time-out.
	Remaining time.Duration
	// Site is the address in C to which the blocked call returns; 0 if it is not known.
	Site uintptr
}

// Name returns the name of what it waits for; "" if that has none, or has ended.
func (w Wait) Name() string {
	return nameOfObject(w.Kind, w.Object)
}

// nameOfObject returns the name of an object of that kind; "" if it has none.
func nameOfObject(kind Kind, object uint64) string {
	bits := C.uint64_t(object)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		switch kind {
		case KindThread:
			return C.threading_thread_name(C.threading_thread{bits: bits}, buffer, capacity, length)
		case KindLock:
			return C.threading_lock_name(C.threading_lock{bits: bits}, buffer, capacity, length)
		case KindRLock:
			return C.threading_rlock_name(C.threading_rlock{bits: bits}, buffer, capacity, length)
		case KindCondition:
			return C.threading_condition_name(C.threading_condition{bits: bits}, buffer, capacity,
				length)
		case KindSemaphore:
			return C.threading_semaphore_name(C.threading_semaphore{bits: bits}, buffer, capacity,
				length)
		case KindEvent:
			return C.threading_event_name(C.threading_event{bits: bits}, buffer, capacity, length)
		case KindBarrier:
			return C.threading_barrier_name(C.threading_barrier{bits: bits}, buffer, capacity,
				length)
		case KindRWLock:
			return C.threading_rwlock_name(C.threading_rwlock{bits: bits}, buffer, capacity, length)
		case KindStop:
			return C.threading_stop_name(C.threading_stop{bits: bits}, buffer, capacity, length)
		case KindLatch:
			return C.threading_latch_name(C.threading_latch{bits: bits}, buffer, capacity, length)
		case KindQueue:
			return C.threading_queue_name(C.threading_queue{bits: bits}, buffer, capacity, length)
		}
		return C.THREADING_NO_VALUE
	})
}

// duration turns seconds of C into what Go has, and what is too long into Infinite.
func duration(seconds C.double) time.Duration {
	nanoseconds := float64(seconds) * float64(time.Second)
	if nanoseconds >= math.MaxInt64 {
		return Infinite
	}
	return time.Duration(nanoseconds)
}

func waitOf(seen *C.threading_wait) Wait {
	wait := Wait{
		Ident:     uint64(seen.ident),
		NativeID:  uint64(seen.native_id),
		Kind:      Kind(seen.kind),
		Object:    uint64(seen.object),
		Holder:    uint64(seen.holder),
		Waited:    duration(seen.seconds),
		Remaining: duration(seen.remaining),
		Site:      uintptr(seen.site),
	}
	if seen.thread.bits != 0 {
		wait.Thread = threadOf(uint64(seen.thread.bits))
	}
	return wait
}

func waitsOf(seen []C.threading_wait) []Wait {
	waits := make([]Wait, len(seen))
	for i := range seen {
		waits[i] = waitOf(&seen[i])
	}
	return waits
}

// Waits returns what the threads of the process wait for at this moment, in calls of the library. A
// thread that runs, or that waits for something of Go's, such as a channel, is not listed. No
// thread is stopped, so each Wait is true of a moment of its own.
func Waits() []Wait {
	return waits(ActiveCount() + 8)
}

// waits begins with room for so many, at least 1.
func waits(room int) []Wait {
	return waitsOf(listed(room, func(array []C.threading_wait) int {
		return int(C.threading_waits(&array[0], C.size_t(len(array))))
	}))
}

// FindDeadlock looks for threads that wait for each other in a circle, without a time-out, for
// Locks, RLocks and ends of threads. It returns what they wait for, each for the next and the last
// for the first, and how sure it is that they do for ever; nothing if there is no deadlock.
//
// It never takes threads that move for a deadlock. A Lock that another thread than its holder has
// released is left out. The holder of a Lock is the thread that took it: if its goroutine has gone
// on in another one, the deadlock is not seen, or seen in the thread that it has left, as
// CertaintyProbable. In the funcs of Threads and with RLocks that does not happen.
func FindDeadlock() ([]Wait, Certainty) {
	return findDeadlock(8)
}

// findDeadlock begins with room for so many threads, at least 1.
func findDeadlock(room int) ([]Wait, Certainty) {
	seen := make([]C.threading_wait, room)
	for {
		var certainty C.threading_certainty
		count := int(C.threading_find_deadlock(&seen[0], C.size_t(len(seen)), &certainty))
		if count == 0 {
			return nil, CertaintyNone
		}
		if count <= len(seen) {
			return waitsOf(seen[:count]), Certainty(certainty)
		}
		seen = make([]C.threading_wait, count)
	}
}

// Dump writes what every thread does, waits for and holds, and the deadlocks, as text for people.
// The text is collected first, and then written at once. Dump fails with ErrBusy while another dump
// is collected, with ErrNoResources, and with what w fails with.
func Dump(w io.Writer) error {
	return dump(w, dumpTo)
}

// DumpJSON writes what Dump writes as JSON, for programs. The comment of threading_dump_json in the
// C header says what is in it. It fails as Dump does.
func DumpJSON(w io.Writer) error {
	return dump(w, dumpJSONTo)
}

// dumpTo writes to a descriptor.
func dumpTo(fd uintptr) error {
	return check(C.threading_dump(C.int32_t(fd)))
}

// dumpJSONTo writes to a descriptor.
func dumpJSONTo(fd uintptr) error {
	return check(C.threading_dump_json(C.int32_t(fd)))
}

// dump collects what write writes to a descriptor, and then writes it to w.
func dump(w io.Writer, write func(fd uintptr) error) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	written := make(chan error, 1)
	go func() {
		// The pipe need not block: the library waits where it is full.
		written <- write(writer.Fd())
		writer.Close()
	}()
	text, err := io.ReadAll(reader)
	if err := <-written; err != nil {
		return err
	}
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
