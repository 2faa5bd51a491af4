package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// An RWLock is a read-write lock, in the shape of a [sync.RWMutex]: any number of threads read, or
// one thread writes.
//
// It belongs to threads of the operating system. So a goroutine that takes it, to read or to write,
// is tied to its thread until it has released it, as by [runtime.LockOSThread], with which this
// nests, and it releases what it took itself. While a writer waits, goroutines that come do not
// read; but one that reads already, this RWLock or another, never waits for a writer that only
// waits. A goroutine that is tied to a thread takes microseconds longer to wait for a channel.
//
// The zero value is an RWLock that nobody holds.
type RWLock struct {
	object object
}

var _ sync.Locker = (*RWLock)(nil)

// NewRWLock makes an RWLock that nobody holds. It fails with ErrNoResources.
func NewRWLock() (*RWLock, error) {
	var handle C.threading_rwlock
	if err := check(C.threading_rwlock_new(&handle)); err != nil {
		return nil, err
	}
	r := new(RWLock)
	r.object.bits.Store(uint64(handle.bits))
	r.protect(handle)
	return r, nil
}

func (r *RWLock) protect(handle C.threading_rwlock) {
	protect(r, &r.object, func() { C.threading_rwlock_destroy(handle) })
}

func (r *RWLock) handle() C.threading_rwlock {
	bits := r.object.bits.Load()
	if bits == 0 {
		bits = r.ensure()
	}
	return C.threading_rwlock{bits: C.uint64_t(bits)}
}

func (r *RWLock) ensure() uint64 {
	handle := C.threading_rwlock_ensure((*C.threading_rwlock)(unsafe.Pointer(&r.object.bits)))
	if handle.bits != 0 {
		r.protect(handle)
	}
	return uint64(handle.bits)
}

// AcquireRead takes the RWLock to read, waiting as long as it takes.
//
// It fails with ErrWouldDeadlock if the caller writes it, with ErrOverflow if there are 67,108,863
// reads, with ErrDestroyed, and with ErrNoResources if there is no memory to wait.
func (r *RWLock) AcquireRead() error {
	runtime.LockOSThread()
	status := C.threading_rwlock_acquire_read(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// TryAcquireRead takes the RWLock to read if that is possible at this moment; else it fails with
// ErrTimeout. Other errors are those of AcquireRead.
func (r *RWLock) TryAcquireRead() error {
	runtime.LockOSThread()
	status := C.threading_rwlock_try_acquire_read(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// AcquireReadTimeout takes the RWLock to read, waiting for at most that time, and fails with
// ErrTimeout if that runs out first. 0 or less polls. Other errors are those of AcquireRead, and
// ErrInvalidArgument for a duration over TimeoutMax.
func (r *RWLock) AcquireReadTimeout(d time.Duration) error {
	runtime.LockOSThread()
	status := C.threading_rwlock_acquire_read_timeout(r.handle(), seconds(d))
	runtime.KeepAlive(r)
	return taken(status)
}

// ReleaseRead ends a read of the caller's. It fails with ErrNotAcquired if nobody reads, and with
// ErrDestroyed. It does not block.
func (r *RWLock) ReleaseRead() error {
	status := C.threading_rwlock_release_read(r.handle())
	runtime.KeepAlive(r)
	return given(status)
}

// AcquireWrite takes the RWLock to write, waiting as long as it takes.
//
// It fails with ErrWouldDeadlock if the caller writes it, or reads it and no other, with
// ErrDestroyed, and with ErrNoResources if there is no memory to wait.
func (r *RWLock) AcquireWrite() error {
	runtime.LockOSThread()
	status := C.threading_rwlock_acquire_write(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// TryAcquireWrite takes the RWLock to write if nobody reads or writes at this moment; else it fails
// with ErrTimeout. Other errors are those of AcquireWrite.
func (r *RWLock) TryAcquireWrite() error {
	runtime.LockOSThread()
	status := C.threading_rwlock_try_acquire_write(r.handle())
	runtime.KeepAlive(r)
	return taken(status)
}

// AcquireWriteTimeout takes the RWLock to write, waiting for at most that time, and fails with
// ErrTimeout if that runs out first. 0 or less polls. Other errors are those of AcquireWrite, and
// ErrInvalidArgument for a duration over TimeoutMax.
func (r *RWLock) AcquireWriteTimeout(d time.Duration) error {
	runtime.LockOSThread()
	status := C.threading_rwlock_acquire_write_timeout(r.handle(), seconds(d))
	runtime.KeepAlive(r)
	return taken(status)
}

// ReleaseWrite ends the caller's write. It fails with ErrNotAcquired if nobody writes, with
// ErrNotOwner if another thread does, and with ErrDestroyed. It does not block.
func (r *RWLock) ReleaseWrite() error {
	status := C.threading_rwlock_release_write(r.handle())
	runtime.KeepAlive(r)
	return given(status)
}

// Downgrade makes the caller's write a read, with no other write in between; ReleaseRead ends it.
// It fails as ReleaseWrite does. It does not block.
func (r *RWLock) Downgrade() error {
	status := C.threading_rwlock_downgrade(r.handle())
	runtime.KeepAlive(r)
	return check(status)
}

// TryUpgrade makes the caller's read a write if there is no other read at this moment; ReleaseWrite
// ends it. Else it fails with ErrTimeout, and the caller still reads. It fails with ErrNotAcquired
// if nobody reads, and with ErrDestroyed. It does not block.
func (r *RWLock) TryUpgrade() error {
	status := C.threading_rwlock_try_upgrade(r.handle())
	runtime.KeepAlive(r)
	return check(status)
}

// Lock is AcquireWrite in the shape of [sync.RWMutex]: it panics with the error where that returns
// it.
func (r *RWLock) Lock() {
	if err := r.AcquireWrite(); err != nil {
		panic(err)
	}
}

// TryLock takes the RWLock to write if it is free at this moment, and tells whether it did. It
// panics where TryAcquireWrite fails for another reason.
func (r *RWLock) TryLock() bool {
	return tried(r.TryAcquireWrite())
}

// Unlock is ReleaseWrite in the shape of [sync.RWMutex]: it panics with the error where that
// returns it.
func (r *RWLock) Unlock() {
	if err := r.ReleaseWrite(); err != nil {
		panic(err)
	}
}

// RLock is AcquireRead in the shape of [sync.RWMutex]: it panics with the error where that returns
// it.
func (r *RWLock) RLock() {
	if err := r.AcquireRead(); err != nil {
		panic(err)
	}
}

// TryRLock takes the RWLock to read if that is possible at this moment, and tells whether it did.
// It panics where TryAcquireRead fails for another reason.
func (r *RWLock) TryRLock() bool {
	return tried(r.TryAcquireRead())
}

// RUnlock is ReleaseRead in the shape of [sync.RWMutex]: it panics with the error where that
// returns it.
func (r *RWLock) RUnlock() {
	if err := r.ReleaseRead(); err != nil {
		panic(err)
	}
}

// RLocker returns a [sync.Locker] whose Lock and Unlock are RLock and RUnlock.
func (r *RWLock) RLocker() sync.Locker {
	return (*reading)(r)
}

type reading RWLock

func (r *reading) Lock()   { (*RWLock)(r).RLock() }
func (r *reading) Unlock() { (*RWLock)(r).RUnlock() }

// WriteLocked tells whether somebody writes: true of the moment of the call, and perhaps not of the
// next.
func (r *RWLock) WriteLocked() bool {
	locked := C.threading_rwlock_write_locked(r.handle())
	runtime.KeepAlive(r)
	return bool(locked)
}

// Readers returns how many reads there are: true of the moment of the call.
func (r *RWLock) Readers() int {
	readers := C.threading_rwlock_readers(r.handle())
	runtime.KeepAlive(r)
	return int(readers)
}

// Writer returns the ident of the thread that writes; 0 if nobody does.
func (r *RWLock) Writer() uint64 {
	writer := C.threading_rwlock_writer(r.handle())
	runtime.KeepAlive(r)
	return uint64(writer)
}

// Name returns the name of the RWLock; "" if it has none.
func (r *RWLock) Name() string {
	defer runtime.KeepAlive(r)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_rwlock_name(r.handle(), buffer, capacity, length)
	})
}

// SetName gives the RWLock a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrDestroyed
// or ErrNoResources.
func (r *RWLock) SetName(name string) error {
	defer runtime.KeepAlive(r)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_rwlock_set_name(r.handle(), name)
	})
}

// Close ends the RWLock: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while goroutines wait for it, and while it is read or written, unless the thread that writes has
// ended.
func (r *RWLock) Close() error {
	err := check(C.threading_rwlock_destroy(r.handle()))
	return r.object.closed(err)
}
