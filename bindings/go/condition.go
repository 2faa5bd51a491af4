package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// A Condition lets goroutines that hold a lock wait until another one that holds it tells them to
// look again.
//
// It is made with a [Lock] or an [RLock], several may share one, or by itself, with an RLock of its
// own. Unless it was made with a Lock it belongs to a thread, as an RLock does: a goroutine that
// takes it is tied to its thread until it has released it. Waiters are notified in the order in
// which they came, and none is woken without a notify.
//
// The zero value is a Condition with an RLock of its own.
type Condition struct {
	object object
	// plain: its lock is a Lock, so that a goroutine need not stay on its thread.
	plain bool
}

var _ sync.Locker = (*Condition)(nil)

// NewCondition makes a Condition with an RLock of its own. It fails with ErrNoResources.
func NewCondition() (*Condition, error) {
	var handle C.threading_condition
	status := C.threading_condition_new(&handle)
	return newCondition(handle, status, nil, false)
}

// NewConditionWithLock makes a Condition with a lock, which cannot be closed before the Condition.
// It fails with ErrDestroyed or ErrNoResources.
func NewConditionWithLock(lock *Lock) (*Condition, error) {
	var handle C.threading_condition
	status := C.threading_condition_new_with_lock(lock.handle(), &handle)
	return newCondition(handle, status, lock, true)
}

// NewConditionWithRLock makes a Condition with an RLock, which cannot be closed before the
// Condition. It fails with ErrDestroyed or ErrNoResources.
func NewConditionWithRLock(rlock *RLock) (*Condition, error) {
	var handle C.threading_condition
	status := C.threading_condition_new_with_rlock(rlock.handle(), &handle)
	return newCondition(handle, status, rlock, false)
}

func newCondition(handle C.threading_condition, status C.threading_status, lock sync.Locker,
	plain bool) (*Condition, error) {
	runtime.KeepAlive(lock)
	if err := check(status); err != nil {
		return nil, err
	}
	c := &Condition{plain: plain}
	c.object.bits.Store(uint64(handle.bits))
	c.protect(handle, lock)
	return c, nil
}

// protect keeps the lock alive until the Condition has gone: before that the lock could not be
// destroyed.
func (c *Condition) protect(handle C.threading_condition, lock sync.Locker) {
	protect(c, &c.object, func() {
		C.threading_condition_destroy(handle)
		runtime.KeepAlive(lock)
	})
}

func (c *Condition) handle() C.threading_condition {
	bits := c.object.bits.Load()
	if bits == 0 {
		bits = c.ensure()
	}
	return C.threading_condition{bits: C.uint64_t(bits)}
}

func (c *Condition) ensure() uint64 {
	handle := C.threading_condition_ensure((*C.threading_condition)(unsafe.Pointer(&c.object.bits)))
	if handle.bits != 0 {
		c.protect(handle, nil)
	}
	return uint64(handle.bits)
}

func (c *Condition) pin() {
	if !c.plain {
		runtime.LockOSThread()
	}
}

func (c *Condition) taken(status C.threading_status) error {
	runtime.KeepAlive(c)
	if c.plain {
		return check(status)
	}
	return taken(status)
}

// Acquire takes the Condition's lock, waiting as long as it takes. Its errors are those of
// [RLock.Acquire].
func (c *Condition) Acquire() error {
	c.pin()
	return c.taken(C.threading_condition_acquire(c.handle()))
}

// TryAcquire takes the Condition's lock if that is possible at this moment; else it fails with
// ErrTimeout. Other errors are those of Acquire.
func (c *Condition) TryAcquire() error {
	c.pin()
	return c.taken(C.threading_condition_try_acquire(c.handle()))
}

// AcquireTimeout takes the Condition's lock, waiting for at most that time, and fails with
// ErrTimeout if that runs out first. 0 and less polls. Other errors are those of Acquire, and
// ErrInvalidArgument for a duration over TimeoutMax.
func (c *Condition) AcquireTimeout(d time.Duration) error {
	c.pin()
	return c.taken(C.threading_condition_acquire_timeout(c.handle(), seconds(d)))
}

// Release releases the Condition's lock; of an RLock, one level. It fails with ErrNotAcquired if
// nobody holds it, with ErrNotOwner if another thread holds its RLock, and with ErrDestroyed. It
// does not block.
func (c *Condition) Release() error {
	status := C.threading_condition_release(c.handle())
	runtime.KeepAlive(c)
	if c.plain {
		return check(status)
	}
	return given(status)
}

// Lock is Acquire for a [sync.Locker]: it panics with the error where Acquire returns it.
func (c *Condition) Lock() {
	if err := c.Acquire(); err != nil {
		panic(err)
	}
}

// TryLock takes the Condition's lock if that is possible at this moment, and tells whether it did.
// It panics where TryAcquire fails for another reason.
func (c *Condition) TryLock() bool {
	return tried(c.TryAcquire())
}

// Unlock is Release for a [sync.Locker]: it panics with the error where Release returns it.
func (c *Condition) Unlock() {
	if err := c.Release(); err != nil {
		panic(err)
	}
}

// Locked tells whether somebody holds the Condition's lock.
func (c *Condition) Locked() bool {
	locked := C.threading_condition_locked(c.handle())
	runtime.KeepAlive(c)
	return bool(locked)
}

// Wait releases the lock (all levels, if it is an RLock), waits for a notify, and takes the lock
// again, as deep as before. No notify is lost between the release and the wait, and the wait does
// not end without one. But another goroutine may hold the lock between the notify and the return of
// Wait, so check in a loop for what you wait for, or use WaitFor.
//
// The caller holds the lock, or it fails with ErrNotAcquired or ErrNotOwner; also with ErrDestroyed
// and ErrNoResources.
func (c *Condition) Wait() error {
	status := C.threading_condition_wait(c.handle())
	runtime.KeepAlive(c)
	return check(status)
}

// WaitTimeout waits for a notify, for at most that time; then it fails with ErrTimeout. Either way
// the caller holds the lock again, and the time does not limit how long taking it back takes. Other
// errors are those of Wait, and ErrInvalidArgument for a duration over TimeoutMax.
func (c *Condition) WaitTimeout(d time.Duration) error {
	status := C.threading_condition_wait_timeout(c.handle(), seconds(d))
	runtime.KeepAlive(c)
	return check(status)
}

// WaitFor waits until predicate returns true. It is called with the lock held, first before any
// wait, and after each notify. What it panics with comes out of WaitFor, with the lock held. Errors
// are those of Wait, and ErrInvalidArgument for a nil predicate.
func (c *Condition) WaitFor(predicate func() bool) error {
	return c.WaitForTimeout(predicate, Infinite)
}

// WaitForTimeout waits until predicate returns true, for at most that time; after that predicate is
// asked once more, and if it still returns false the error is ErrTimeout. Other errors are those of
// WaitFor, and ErrInvalidArgument for a duration over TimeoutMax.
func (c *Condition) WaitForTimeout(predicate func() bool, d time.Duration) error {
	// A loop in Go, and not the library's: so the predicate may panic and call Goexit, and no C
	// frame is in their way.
	if predicate == nil || d > TimeoutMax && d != Infinite {
		return ErrInvalidArgument
	}
	if err := c.Notify(0); err != nil { // nobody is woken; tells whether the caller holds the lock
		return err
	}
	begin := time.Now()
	for !predicate() {
		left := d
		if d != Infinite {
			left = max(d, 0) - time.Since(begin)
		}
		if err := c.WaitTimeout(left); err == ErrTimeout {
			if predicate() {
				return nil
			}
			return err
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Notify wakes at most n waiters, those first who came first. They go on when the caller has
// released the lock. An n of 0 or less wakes nobody, and tells whether the caller might. The caller
// holds the lock, or it fails with ErrNotAcquired or ErrNotOwner; also with ErrDestroyed. It does
// not block.
func (c *Condition) Notify(n int) error {
	status := C.threading_condition_notify(c.handle(), C.size_t(max(n, 0)))
	runtime.KeepAlive(c)
	return check(status)
}

// NotifyAll wakes all who wait at this moment. They go on, one after the other, when the caller has
// released the lock. Errors are those of Notify.
func (c *Condition) NotifyAll() error {
	status := C.threading_condition_notify_all(c.handle())
	runtime.KeepAlive(c)
	return check(status)
}

// Name returns the name of the Condition; "" if it has none.
func (c *Condition) Name() string {
	defer runtime.KeepAlive(c)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_condition_name(c.handle(), buffer, capacity, length)
	})
}

// SetName gives the Condition a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrDestroyed
// or ErrNoResources.
func (c *Condition) SetName(name string) error {
	defer runtime.KeepAlive(c)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_condition_set_name(c.handle(), name)
	})
}

// Close ends the Condition, and with it the RLock that is its own; a lock that it was made with
// lives on. It fails with ErrBusy while goroutines wait for it or hold its own RLock. Afterwards
// all its methods answer ErrDestroyed.
func (c *Condition) Close() error {
	err := check(C.threading_condition_destroy(c.handle()))
	return c.object.closed(err)
}
