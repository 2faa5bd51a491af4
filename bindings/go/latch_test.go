package threading

import (
	"testing"
	"time"
)

func TestALatchOpensWhenAllHaveCountedDown(t *testing.T) {
	latch := Must(NewLatch(3))
	var parts [3]int // the latch is what makes them visible
	var threads []*Thread
	for i := range parts {
		threads = append(threads, Must(Spawn("", func() {
			parts[i] = 4711
			want(t, "CountDown", latch.CountDown(), nil)
			want(t, "WaitTimeout", latch.WaitTimeout(long), nil)
		})))
	}
	want(t, "Wait", latch.Wait(), nil)
	if parts != [3]int{4711, 4711, 4711} || !latch.IsOpen() || latch.Count() != 0 {
		t.Errorf("%v, open: %v, count: %d", parts, latch.IsOpen(), latch.Count())
	}
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
	want(t, "Close", latch.Close(), nil)
}

func TestALatchLetsNobodyGoBefore(t *testing.T) {
	latch := Must(NewLatch(1))
	defer latch.Close()
	want(t, "CountUpN", latch.CountUpN(2), nil)
	want(t, "CountDownN", latch.CountDownN(2), nil)
	if latch.IsOpen() || latch.Count() != 1 {
		t.Errorf("open: %v, count: %d", latch.IsOpen(), latch.Count())
	}
	want(t, "WaitTimeout(-1)", latch.WaitTimeout(-time.Second), ErrTimeout)
	want(t, "WaitTimeout over TimeoutMax", latch.WaitTimeout(TimeoutMax+1), ErrInvalidArgument)
	notEarly(t, "WaitTimeout", short,
		func() { want(t, "WaitTimeout", latch.WaitTimeout(short), ErrTimeout) })
}

func TestALatchRefusesWhatCannotBeCounted(t *testing.T) {
	for _, count := range []int{-1, LatchMax + 1} {
		if _, err := NewLatch(count); err != ErrInvalidArgument {
			t.Errorf("NewLatch(%d): %v", count, err)
		}
	}
	full, open := Must(NewLatch(LatchMax)), Must(NewLatch(0))
	defer full.Close()
	defer open.Close()
	want(t, "CountUpN", full.CountUpN(1), ErrOverflow)
	want(t, "CountDown", open.CountDown(), ErrOverflow)
	want(t, "CountDownN", open.CountDownN(1), ErrOverflow)
	want(t, "CountUpN", open.CountUpN(1), ErrBroken)
	for _, n := range []int{0, -1} {
		want(t, "CountDownN", full.CountDownN(n), ErrInvalidArgument)
		want(t, "CountUpN", full.CountUpN(n), ErrInvalidArgument)
	}
}

func TestAClosedLatchIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewLatch(1))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Latch).Close(), nil)
	cases := map[*Latch]error{closed: ErrDestroyed, new(Latch): ErrInvalidHandle}
	for latch, expected := range cases {
		want(t, "CountDown", latch.CountDown(), expected)
		want(t, "CountDownN", latch.CountDownN(1), expected)
		want(t, "CountUpN", latch.CountUpN(1), expected)
		want(t, "Wait", latch.Wait(), expected)
		want(t, "WaitTimeout", latch.WaitTimeout(long), expected)
		if latch.IsOpen() || latch.Count() != 0 {
			t.Errorf("open: %v, count: %d", latch.IsOpen(), latch.Count())
		}
	}
}
