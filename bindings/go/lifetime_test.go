package threading

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// abandoned makes objects that nobody refers to any more, and returns what tells whether the C
// object has gone.
var abandoned = map[string]func() (gone func() bool){
	"lock": func() func() bool {
		lock := Must(NewLock())
		probe := new(Lock)
		probe.object.bits.Store(lock.object.bits.Load())
		return func() bool { return probe.Release() == ErrDestroyed }
	},
	"zero lock that is held": func() func() bool {
		lock, probe := new(Lock), new(Lock)
		lock.Lock()
		probe.object.bits.Store(lock.object.bits.Load())
		return func() bool { return probe.AcquireTimeout(0) == ErrDestroyed }
	},
	"rlock": func() func() bool {
		rlock := Must(NewRLock())
		probe := new(RLock)
		probe.object.bits.Store(rlock.object.bits.Load())
		return func() bool { return probe.Release() == ErrDestroyed }
	},
	"lock of a condition": func() func() bool {
		lock := Must(NewLock())
		Must(NewConditionWithLock(lock))
		probe := new(Lock)
		probe.object.bits.Store(lock.object.bits.Load())
		return func() bool { return probe.Release() == ErrDestroyed }
	},
	"condition": func() func() bool {
		condition, probe := new(Condition), new(Condition)
		condition.Lock()
		condition.Unlock()
		probe.object.bits.Store(condition.object.bits.Load())
		return func() bool { return probe.Notify(0) == ErrDestroyed }
	},
	"event": func() func() bool {
		event := Must(NewEvent())
		probe := new(Event)
		probe.object.bits.Store(event.object.bits.Load())
		return func() bool { return probe.Clear() == ErrDestroyed }
	},
	"semaphore": func() func() bool {
		semaphore := Must(NewSemaphore(1))
		probe := new(Semaphore)
		probe.object.bits.Store(semaphore.object.bits.Load())
		return func() bool { return probe.Release() == ErrDestroyed }
	},
	"barrier": func() func() bool {
		barrier := Must(NewBarrier(2, func() bool { return true }))
		probe := new(Barrier)
		probe.object.bits.Store(barrier.object.bits.Load())
		return func() bool { return probe.Reset() == ErrDestroyed }
	},
	"timer": func() func() bool {
		timer := Must(NewTimer(0, func() {}))
		probe := &Timer{task: new(task)}
		probe.object.bits.Store(timer.object.bits.Load())
		return func() bool { _, err := probe.Cancel(); return err == ErrDestroyed }
	},
	"local": func() func() bool {
		local := Must(NewLocal(func() int { return 1 }, nil))
		probe := new(Local[int])
		probe.object.bits.Store(local.object.bits.Load())
		return func() bool { return probe.Delete() == ErrDestroyed }
	},
	"thread whose func refers to it": func() func() bool {
		var thread *Thread
		thread = Must(NewThread("", func() { _ = thread.Name() }))
		_ = thread.Start()
		_ = thread.Join()
		return probeOf(thread)
	},
	"thread that was not started": func() func() bool {
		return probeOf(Must(NewThread("", func() {})))
	},
	"thread that has ended": func() func() bool {
		thread := Must(Spawn("", func() {}))
		_ = thread.Join()
		return probeOf(thread)
	},
}

func probeOf(thread *Thread) func() bool {
	probe := new(Thread)
	probe.object.bits.Store(thread.object.bits.Load())
	return func() bool { return probe.JoinTimeout(0) == ErrDestroyed }
}

func TestWhatNobodyRefersToIsClosedInTheEnd(t *testing.T) {
	for what, abandon := range abandoned {
		gone := abandon()
		until(t, what+" has gone", func() bool {
			runtime.GC()
			return gone()
		})
	}
}

func TestWhatIsInUseIsNotClosed(t *testing.T) {
	heard := listen(t)
	// The goroutine alone refers to the event, and is in the last call that it makes of it.
	bits := make(chan uint64)
	done := make(chan error)
	go func() {
		event := Must(NewEvent())
		bits <- event.object.bits.Load()
		done <- event.Wait()
	}()
	event := new(Event)
	event.object.bits.Store(<-bits)
	for range 20 {
		runtime.GC()
		<-time.After(time.Millisecond)
	}
	want(t, "Set", event.Set(), nil)
	want(t, "Wait", <-done, nil)
	if calls := heard(); len(calls) != 0 {
		t.Errorf("it was tried: %v", calls)
	}
}

func TestAClosedObjectIsNotClosedAgain(t *testing.T) {
	heard := listen(t)
	for range 100 {
		_ = Must(NewLock()).Close()
		_ = Must(NewLocal(func() int { return 1 }, nil)).Close()
		_ = Must(NewThread("", func() {})).Close()
		_ = Must(Spawn("", func() {})).Finish()
		_ = Must(NewTimer(0, func() {})).Close()
		_ = new(Condition).Close()
	}
	// Cleanups run in no order: the one of the last object to die tells nothing of the others, but
	// many rounds do.
	for range 10 {
		gone := abandoned["event"]()
		until(t, "another object has gone", func() bool { runtime.GC(); return gone() })
	}
	for _, call := range heard() {
		if strings.Contains(call, "destroy") {
			t.Fatalf("it was: %s", call)
		}
	}
}

func TestARunningThreadIsNotGivenUp(t *testing.T) {
	var stop Event
	defer stop.Close()
	func() { Must(Spawn("kept", func() { _ = stop.Wait() })) }()
	for range 5 {
		runtime.GC()
		<-time.After(time.Millisecond)
	}
	all := Enumerate()
	index := slices.IndexFunc(all, func(thread *Thread) bool { return thread.Name() == "kept" })
	if index < 0 {
		t.Fatal("it is not listed")
	}
	want(t, "Set", stop.Set(), nil)
	want(t, "Join", all[index].Join(), nil)
	want(t, "Join after its end", all[index].Join(), nil)
	want(t, "Close", all[index].Close(), nil)
}
