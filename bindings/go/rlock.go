package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// An RLock is a reentrant lock: held by one thread at a time, as often as that likes, and released
// by that thread as often.
//
// It belongs to a thread of the operating system. So a goroutine that takes it is tied to its
// thread until it has released it, as by [runtime.LockOSThread], with which this nests; every level
// is one such call. A goroutine that ends while it holds an RLock ends its thread, and the RLock
// stays held for ever; it can be closed. A goroutine that is tied to a thread takes microseconds
// longer to wait for a channel.
//
// The zero value is an RLock that nobody holds.
type RLock struct {
	object object
}

var _ sync.Locker = (*RLock)(nil)

// NewRLock makes an RLock that nobody holds. It fails with ErrNoResources.
func NewRLock() (*RLock, error) {
	var handle C.threading_rlock
	if err := check(C.threading_rlock_new(&handle)); err != nil {
		return nil, err
	}
	r := new(RLock)
	r.object.bits.Store(uint64(handle.bits))
	r.protect(handle)
	return r, nil
}

func (r *RLock) protect(handle C.threading_rlock) {
	protect(r, &r.object, func() { C.threading_rlock_destroy(handle) })
}

func (r *RLock) handle() C.threading_rlock {
	bits := r.object.bits.Load()
	if bits == 0 {
		bits = r.ensure()
	}
	return C.threading_rlock{bits: C.uint64_t(bits)}
}

func (r *RLock) ensure() uint64 {
	handle := C.threading_rlock_ensure((*C.threading_rlock)(unsafe.Pointer(&r.object.bits)))
	if handle.bits != 0 {
		r.protect(handle)
	}
	return uint64(handle.bits)
}

// taken ends an acquire that began with runtime.LockOSThread: the goroutine stays tied to its
// thread only if it succeeded.
func taken(status C.threading_status) error {
	if status != C.THREADING_OK {
		runtime.UnlockOSThread()
	}
	return check(status)
}

// given ends a release: one that succeeded undoes the LockOSThread of its acquire.
func given(status C.threading_status) error {
	if status == C.THREADING_OK {
		runtime.UnlockOSThread()
	}
	return check(status)
}

// Acquire takes the RLock, waiting as long as it takes; a thread that holds it goes one level
// deeper at once.
//
// It fails with ErrDestroyed, with ErrOverflow at 4,294,967,295 levels, and with ErrNoResources if
// there is no memory to wait.
func (r *RLock) Acquire() error {
	runtime.LockOSThread()
	status := C.threading_rlock_acquire(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// TryAcquire takes the RLock if it is free or the caller's at this moment; else it fails with
// ErrTimeout. Other errors are those of Acquire.
func (r *RLock) TryAcquire() error {
	runtime.LockOSThread()
	status := C.threading_rlock_try_acquire(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// AcquireTimeout takes the RLock, waiting for at most that time, and fails with ErrTimeout if that
// runs out first. 0 or less polls. Other errors are those of Acquire, and ErrInvalidArgument for a
// duration over TimeoutMax.
func (r *RLock) AcquireTimeout(d time.Duration) error {
	runtime.LockOSThread()
	status := C.threading_rlock_acquire_timeout(r.handle(), seconds(d))
	runtime.KeepAlive(r)
	return taken(status)
}

// Release goes one level up, and at the last level releases the RLock and lets the next one in. It
// fails with ErrNotAcquired if nobody holds it, with ErrNotOwner if another thread does, and with
// ErrDestroyed. It does not block.
func (r *RLock) Release() error {
	status := C.threading_rlock_release(r.handle())
	runtime.KeepAlive(r)
	return given(status)
}

// Lock is Acquire for a [sync.Locker]: it panics with the error where Acquire returns it.
func (r *RLock) Lock() {
	if err := r.Acquire(); err != nil {
		panic(err)
	}
}

// TryLock takes the RLock if it is free or the caller's at this moment, and tells whether it did.
// It panics where TryAcquire fails for another reason.
func (r *RLock) TryLock() bool {
	return tried(r.TryAcquire())
}

// Unlock is Release for a [sync.Locker]: it panics with the error where Release returns it.
func (r *RLock) Unlock() {
	if err := r.Release(); err != nil {
		panic(err)
	}
}

// Locked tells whether somebody holds the RLock, the caller or another: true of the moment of the
// call, and perhaps not of the next.
func (r *RLock) Locked() bool {
	locked := C.threading_rlock_locked(r.handle())
	runtime.KeepAlive(r)
	return bool(locked)
}

// Depth returns how many levels deep the calling thread holds the RLock; 0 if it does not.
func (r *RLock) Depth() int {
	depth := C.threading_rlock_depth(r.handle())
	runtime.KeepAlive(r)
	return int(depth)
}

// Owner returns the ident of the thread that holds the RLock and how deep; two zeros if nobody
// does. Of another thread's RLock this is true of a moment only.
func (r *RLock) Owner() (ident uint64, depth int) {
	var levels C.size_t
	owner := C.threading_rlock_owner(r.handle(), &levels)
	runtime.KeepAlive(r)
	return uint64(owner), int(levels)
}

// Name returns the name of the RLock; "" if it has none.
func (r *RLock) Name() string {
	defer runtime.KeepAlive(r)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_rlock_name(r.handle(), buffer, capacity, length)
	})
}

// SetName gives the RLock a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrDestroyed
// or ErrNoResources.
func (r *RLock) SetName(name string) error {
	defer runtime.KeepAlive(r)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_rlock_set_name(r.handle(), name)
	})
}

// Close ends the RLock: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while goroutines wait for it or a Condition uses it, and while it is held, unless the thread that
// holds it has ended.
func (r *RLock) Close() error {
	err := check(C.threading_rlock_destroy(r.handle()))
	return r.object.closed(err)
}
