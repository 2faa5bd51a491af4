package threading_test

import (
	"fmt"
	"sync/atomic"
	"time"

	threading "github.com/libthreading/libthreading/bindings/go"
)

// One thread waits as long as it takes, the other one gives up. In Go an error tells the two apart.
func ExampleEvent() {
	var event threading.Event
	impatient := threading.Must(threading.Spawn("non-block", func() {
		err := event.WaitTimeout(10 * time.Millisecond)
		fmt.Println(threading.CurrentName(), err == threading.ErrTimeout, event.IsSet())
	}))
	_ = impatient.Finish()
	patient := threading.Must(threading.Spawn("block", func() {
		fmt.Println(threading.CurrentName(), event.Wait(), event.IsSet())
	}))
	fmt.Println("Event is set:", event.Set())
	_ = patient.Finish()
	// Unordered output:
	// non-block true false
	// Event is set: <nil>
	// block <nil> true
}

// Consumers wait for something that a producer makes. What they wait for is looked at before the
// first wait and after each.
func ExampleCondition() {
	var condition threading.Condition
	available := false // guarded by condition
	consumer := func() {
		condition.Lock()
		defer condition.Unlock()
		_ = condition.WaitFor(func() bool { return available })
		fmt.Println("Resource is available to consumer", threading.CurrentName())
	}
	c1 := threading.Must(threading.Spawn("c1", consumer))
	c2 := threading.Must(threading.Spawn("c2", consumer))
	p := threading.Must(threading.Spawn("p", func() {
		condition.Lock()
		defer condition.Unlock()
		fmt.Println("Making resource available")
		available = true
		_ = condition.NotifyAll()
	}))
	for _, thread := range []*threading.Thread{c1, c2, p} {
		_ = thread.Finish()
	}
	// Unordered output:
	// Making resource available
	// Resource is available to consumer c1
	// Resource is available to consumer c2
}

// A pool with room for five.
func ExampleSemaphore() {
	slots := threading.Must(threading.NewBoundedSemaphore(5))
	defer slots.Close()
	var active, tooMany atomic.Int32
	var threads []*threading.Thread
	for number := range 20 {
		threads = append(threads, threading.Must(threading.Spawn(fmt.Sprint(number), func() {
			_ = slots.Acquire()
			defer slots.Release()
			if active.Add(1) > 5 {
				tooMany.Add(1)
			}
			active.Add(-1)
		})))
	}
	for _, thread := range threads {
		_ = thread.Finish()
	}
	fmt.Println("more than five at once:", tooMany.Load(), "times; free slots:", slots.Value())
	fmt.Println("one too many:", slots.Release() == threading.ErrOverflow)
	// Output:
	// more than five at once: 0 times; free slots: 5
	// one too many: true
}

// The last to come runs the action while the others still wait.
func ExampleBarrier() {
	barrier := threading.Must(threading.NewBarrier(3, func() bool {
		fmt.Println("all are here")
		return true
	}))
	defer barrier.Close()
	var threads []*threading.Thread
	for range 3 {
		threads = append(threads, threading.Must(threading.Spawn("", func() {
			index, err := barrier.Wait()
			fmt.Println("go", index, err)
		})))
	}
	for _, thread := range threads {
		_ = thread.Finish()
	}
	// Unordered output:
	// all are here
	// go 0 <nil>
	// go 1 <nil>
	// go 2 <nil>
}

// Two timers, of which one is cancelled in time. A timer has a thread, with a name and all else,
// before it needs one of the operating system.
func ExampleTimer() {
	delayed := func() { fmt.Println("Worker running", threading.CurrentName()) }
	t1 := threading.Must(threading.NewTimer(10*time.Millisecond, delayed))
	t2 := threading.Must(threading.NewTimer(time.Hour, delayed))
	_ = t1.Thread().SetName("t1")
	_ = t2.Thread().SetName("t2")
	_ = t1.Start()
	_ = t2.Start()
	prevented, _ := t2.Cancel()
	fmt.Println("Canceled", t2.Thread().Name(), prevented)
	_ = t1.Thread().Join()
	_ = t1.Close()
	_ = t2.Close()
	// Unordered output:
	// Canceled t2 true
	// Worker running t1
}
