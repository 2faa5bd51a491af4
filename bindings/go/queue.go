package threading

/*
#include "callbacks.h"

// Items are handles of runtime/cgo, which cross C as integers.
static threading_status queue_put(threading_queue queue, uintptr_t item) {
    return threading_queue_put(queue, (void *)item);
}
static threading_status queue_put_timeout(threading_queue queue, uintptr_t item, double seconds) {
    return threading_queue_put_timeout(queue, (void *)item, seconds);
}
static threading_status queue_try_put(threading_queue queue, uintptr_t item) {
    return threading_queue_try_put(queue, (void *)item);
}
static threading_status queue_get(threading_queue queue, uintptr_t *item) {
    return threading_queue_get(queue, (void **)item);
}
static threading_status queue_get_timeout(threading_queue queue, double seconds, uintptr_t *item) {
    return threading_queue_get_timeout(queue, seconds, (void **)item);
}
static threading_status queue_put_stop(threading_queue queue, uintptr_t item, double seconds,
                                       threading_stop stop) {
    return threading_queue_put_stop(queue, (void *)item, seconds, stop);
}
static threading_status queue_get_stop(threading_queue queue, double seconds, threading_stop stop,
                                       uintptr_t *item) {
    return threading_queue_get_stop(queue, seconds, stop, (void **)item);
}
static threading_status queue_try_get(threading_queue queue, uintptr_t *item) {
    return threading_queue_try_get(queue, (void **)item);
}
static threading_status queue_drain(threading_queue queue, uintptr_t *items, size_t capacity,
                                    size_t *count) {
    return threading_queue_drain(queue, (void **)items, capacity, count);
}
*/
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"time"
)

// QueueMax is the largest number of items that a Queue can be made for.
const QueueMax = C.THREADING_QUEUE_MAX

// A Queue has room for a number of items, which come out in the order in which they were put. It is
// made by [NewQueue]. Between goroutines alone use a channel; a Queue is for threads of other
// languages as well, for timeouts, and for what can be asked about it.
type Queue[T any] struct {
	object object
}

// NewQueue makes a Queue for that many items, 1 to QueueMax. It fails with ErrInvalidArgument or
// ErrNoResources.
func NewQueue[T any](maxsize int) (*Queue[T], error) {
	var handle C.threading_queue
	if err := check(C.threading_queue_new(C.size_t(max(maxsize, 0)), &handle)); err != nil {
		return nil, err
	}
	q := new(Queue[T])
	q.object.bits.Store(uint64(handle.bits))
	protect(q, &q.object, func() {
		drain(handle, func(cgo.Handle) {})
		C.threading_queue_destroy(handle)
	})
	return q, nil
}

func (q *Queue[T]) handle() C.threading_queue {
	return C.threading_queue{bits: C.uint64_t(q.object.bits.Load())}
}

func (q *Queue[T]) put(item T, put func(item C.uintptr_t) C.threading_status) error {
	held := cgo.NewHandle(item)
	err := check(put(C.uintptr_t(held)))
	if err != nil {
		held.Delete()
	}
	runtime.KeepAlive(q)
	return err
}

func (q *Queue[T]) get(get func(item *C.uintptr_t) C.threading_status) (item T, err error) {
	var held C.uintptr_t
	err = check(get(&held))
	if err == nil {
		item = take[T](cgo.Handle(held))
	}
	runtime.KeepAlive(q)
	return item, err
}

func take[T any](held cgo.Handle) T {
	item, _ := held.Value().(T) // a nil interface has no type
	held.Delete()
	return item
}

// Put puts an item as soon as there is room. It fails with ErrClosed if the Queue was shut down,
// ErrInvalidHandle, ErrDestroyed, or ErrNoResources if there is no memory to wait.
func (q *Queue[T]) Put(item T) error {
	return q.put(item, func(item C.uintptr_t) C.threading_status {
		return C.queue_put(q.handle(), item)
	})
}

// TryPut puts an item if there is room, and fails with ErrTimeout if there is none. Other errors
// are those of Put.
func (q *Queue[T]) TryPut(item T) error {
	return q.put(item, func(item C.uintptr_t) C.threading_status {
		return C.queue_try_put(q.handle(), item)
	})
}

// PutTimeout is Put for at most that time, and fails with ErrTimeout if that runs out first. 0 or
// less polls. ErrInvalidArgument is for a duration over TimeoutMax.
func (q *Queue[T]) PutTimeout(item T, d time.Duration) error {
	return q.put(item, func(item C.uintptr_t) C.threading_status {
		return C.queue_put_timeout(q.handle(), item, seconds(d))
	})
}

// Get takes the item that was put first, as soon as there is one. It fails with ErrClosed if the
// Queue was shut down and is empty, or was shut down at once; other errors are those of Put.
func (q *Queue[T]) Get() (T, error) {
	return q.get(func(item *C.uintptr_t) C.threading_status {
		return C.queue_get(q.handle(), item)
	})
}

// TryGet takes the item that was put first, and fails with ErrTimeout if there is none. Other
// errors are those of Get.
func (q *Queue[T]) TryGet() (T, error) {
	return q.get(func(item *C.uintptr_t) C.threading_status {
		return C.queue_try_get(q.handle(), item)
	})
}

// GetTimeout is Get for at most that time, and fails with ErrTimeout if that runs out first. 0 or
// less polls. ErrInvalidArgument is for a duration over TimeoutMax.
func (q *Queue[T]) GetTimeout(d time.Duration) (T, error) {
	return q.get(func(item *C.uintptr_t) C.threading_status {
		return C.queue_get_timeout(q.handle(), seconds(d), item)
	})
}

// PutContext is Put unless the context is done first: then it fails with the context's error, and
// the item is not in the Queue.
func (q *Queue[T]) PutContext(ctx context.Context, item T) error {
	defer runtime.KeepAlive(q)
	held := cgo.NewHandle(item)
	err := withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.queue_put_stop(q.handle(), C.uintptr_t(held), seconds(Infinite), stop)
	})
	if err != nil {
		held.Delete()
	}
	return err
}

// GetContext is Get unless the context is done first: then it fails with the context's error, and
// no item was taken.
func (q *Queue[T]) GetContext(ctx context.Context) (item T, err error) {
	defer runtime.KeepAlive(q)
	var held C.uintptr_t
	err = withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.queue_get_stop(q.handle(), seconds(Infinite), stop, &held)
	})
	if err == nil {
		item = take[T](cgo.Handle(held))
	}
	return item, err
}

// JoinContext is Join unless the context is done first: then it fails with the context's error.
func (q *Queue[T]) JoinContext(ctx context.Context) error {
	defer runtime.KeepAlive(q)
	return withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_queue_join_stop(q.handle(), seconds(Infinite), stop)
	})
}

// Shutdown lets puts fail from now on, and gets when the Queue is empty, or at once if immediate:
// then Drain takes what is left. It fails with ErrInvalidHandle or ErrDestroyed.
func (q *Queue[T]) Shutdown(immediate bool) error {
	status := C.threading_queue_shutdown(q.handle(), C.bool(immediate))
	runtime.KeepAlive(q)
	return check(status)
}

// Drain takes all items that are there. It fails with ErrInvalidHandle or ErrDestroyed.
func (q *Queue[T]) Drain() ([]T, error) {
	var items []T
	err := drain(q.handle(), func(held cgo.Handle) {
		item, _ := held.Value().(T)
		items = append(items, item)
	})
	runtime.KeepAlive(q)
	return items, err
}

func drain(queue C.threading_queue, take func(cgo.Handle)) error {
	var held [64]C.uintptr_t
	count := C.size_t(len(held))
	for int(count) == len(held) {
		if err := check(C.queue_drain(queue, &held[0], count, &count)); err != nil {
			return err
		}
		for _, item := range held[:count] {
			take(cgo.Handle(item))
			cgo.Handle(item).Delete()
		}
	}
	return nil
}

// TaskDone says that the task of an item is done. It fails with ErrOverflow if all are,
// ErrInvalidHandle or ErrDestroyed.
func (q *Queue[T]) TaskDone() error {
	status := C.threading_queue_task_done(q.handle())
	runtime.KeepAlive(q)
	return check(status)
}

// Join waits until the tasks of all items that were put are done. It fails with ErrInvalidHandle,
// ErrDestroyed, or with ErrNoResources if there is no memory to wait.
func (q *Queue[T]) Join() error {
	status := C.threading_queue_join(q.handle())
	runtime.KeepAlive(q)
	return check(status)
}

// JoinTimeout is Join for at most that time, and fails with ErrTimeout if that runs out first.
func (q *Queue[T]) JoinTimeout(d time.Duration) error {
	status := C.threading_queue_join_timeout(q.handle(), seconds(d))
	runtime.KeepAlive(q)
	return check(status)
}

// Size returns how many items there are: true of the moment of the call, and perhaps not of the
// next.
func (q *Queue[T]) Size() int {
	size := C.threading_queue_size(q.handle())
	runtime.KeepAlive(q)
	return int(size)
}

// MaxSize returns how many items there may be.
func (q *Queue[T]) MaxSize() int {
	maxsize := C.threading_queue_maxsize(q.handle())
	runtime.KeepAlive(q)
	return int(maxsize)
}

// IsShut tells whether the Queue was shut down.
func (q *Queue[T]) IsShut() bool {
	shut := C.threading_queue_is_shut(q.handle())
	runtime.KeepAlive(q)
	return bool(shut)
}

// Name returns the name of the Queue; "" if it has none.
func (q *Queue[T]) Name() string {
	defer runtime.KeepAlive(q)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_queue_name(q.handle(), buffer, capacity, length)
	})
}

// SetName gives the Queue a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources.
func (q *Queue[T]) SetName(name string) error {
	defer runtime.KeepAlive(q)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_queue_set_name(q.handle(), name)
	})
}

// Close ends the Queue: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while there are items in it, or goroutines wait for it.
func (q *Queue[T]) Close() error {
	err := check(C.threading_queue_destroy(q.handle()))
	return q.object.closed(err)
}
