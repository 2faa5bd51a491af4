package threading

import (
	"slices"
	"testing"
	"time"
)

func TestAQueueGivesItemsInOrderAndEndsWithItsShutdown(t *testing.T) {
	queue := Must(NewQueue[int](3))
	var got, sent []int
	consumer := Must(Spawn("", func() {
		for {
			item, err := queue.Get()
			if err != nil {
				want(t, "Get", err, ErrClosed)
				return
			}
			got = append(got, item)
			want(t, "TaskDone", queue.TaskDone(), nil)
		}
	}))
	for item := range 1000 {
		want(t, "Put", queue.Put(item), nil)
		sent = append(sent, item)
	}
	want(t, "Join", queue.Join(), nil)
	want(t, "Shutdown", queue.Shutdown(false), nil)
	want(t, "Finish", consumer.Finish(), nil)
	if !slices.Equal(got, sent) || !queue.IsShut() {
		t.Errorf("%v, shut: %v", got, queue.IsShut())
	}
	want(t, "Put", queue.Put(1), ErrClosed)
	want(t, "Close", queue.Close(), nil)
}

func TestAQueueIsFullAndEmpty(t *testing.T) {
	queue := Must(NewQueue[error](2))
	_, err := queue.TryGet()
	want(t, "TryGet", err, ErrTimeout)
	notEarly(t, "GetTimeout", short, func() { _, err = queue.GetTimeout(short) })
	want(t, "GetTimeout", err, ErrTimeout)
	want(t, "TryPut", queue.TryPut(ErrBusy), nil)
	want(t, "PutTimeout", queue.PutTimeout(nil, time.Second), nil)
	want(t, "TryPut", queue.TryPut(nil), ErrTimeout)
	notEarly(t, "PutTimeout", short,
		func() { want(t, "PutTimeout", queue.PutTimeout(nil, short), ErrTimeout) })
	want(t, "JoinTimeout", queue.JoinTimeout(short), ErrTimeout)
	want(t, "Close", queue.Close(), ErrBusy)
	if queue.Size() != 2 || queue.MaxSize() != 2 {
		t.Errorf("%d of %d", queue.Size(), queue.MaxSize())
	}
	for _, expected := range []error{ErrBusy, nil} {
		item, err := queue.Get()
		if item != expected || err != nil {
			t.Errorf("%v, %v", item, err)
		}
		want(t, "TaskDone", queue.TaskDone(), nil)
	}
	want(t, "TaskDone", queue.TaskDone(), ErrOverflow)
	want(t, "JoinTimeout", queue.JoinTimeout(0), nil)
	want(t, "Close", queue.Close(), nil)
}

func TestAnImmediateShutdownLeavesTheItemsToDrain(t *testing.T) {
	queue := Must(NewQueue[string](100))
	defer queue.Close()
	for range 70 {
		want(t, "Put", queue.Put("item"), nil)
	}
	want(t, "Shutdown", queue.Shutdown(true), nil)
	_, err := queue.Get()
	want(t, "Get", err, ErrClosed)
	items, err := queue.Drain()
	if len(items) != 70 || items[69] != "item" || err != nil {
		t.Errorf("%v, %v", items, err)
	}
	want(t, "Join", queue.Join(), nil)
}

func TestAQueueRefusesWhatItCannotBe(t *testing.T) {
	for _, maxsize := range []int{-1, 0, QueueMax + 1} {
		if _, err := NewQueue[int](maxsize); err != ErrInvalidArgument {
			t.Errorf("NewQueue(%d): %v", maxsize, err)
		}
	}
}

func TestAClosedQueueIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewQueue[int](1))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Queue[int]).Close(), nil)
	cases := map[*Queue[int]]error{closed: ErrDestroyed, new(Queue[int]): ErrInvalidHandle}
	for queue, expected := range cases {
		want(t, "Put", queue.Put(1), expected)
		_, err := queue.Get()
		want(t, "Get", err, expected)
		_, err = queue.Drain()
		want(t, "Drain", err, expected)
		want(t, "Shutdown", queue.Shutdown(false), expected)
		want(t, "TaskDone", queue.TaskDone(), expected)
		want(t, "Join", queue.Join(), expected)
		if queue.Size() != 0 || queue.MaxSize() != 0 || queue.IsShut() {
			t.Errorf("%d of %d, shut: %v", queue.Size(), queue.MaxSize(), queue.IsShut())
		}
	}
}
