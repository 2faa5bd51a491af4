package threading

import (
	"math/bits"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestAThreadRunsItsFuncOnAThreadOfItsOwn(t *testing.T) {
	var native, ident uint64
	var name, comm string
	var current *Thread
	stayed := true
	thread := Must(NewThread("my thread", func() {
		native, ident, name, current = GetNativeID(), GetIdent(), CurrentName(), CurrentThread()
		text, _ := os.ReadFile("/proc/self/task/" + strconv.FormatUint(native, 10) + "/comm")
		comm = strings.TrimSpace(string(text))
		for range 20 {
			<-time.After(time.Microsecond)
			stayed = stayed && GetNativeID() == native
		}
	}))
	if thread.IsAlive() || thread.Ident() != 0 || thread.NativeID() != 0 ||
		thread.Name() != "my thread" {
		t.Error("it is alive before its start, or has another name")
	}
	want(t, "Join", thread.Join(), ErrNotStarted)
	want(t, "JoinTimeout", thread.JoinTimeout(0), ErrNotStarted)
	want(t, "Finish", thread.Finish(), ErrNotStarted)
	want(t, "Start", thread.Start(), nil)
	want(t, "Start", thread.Start(), ErrAlreadyStarted)
	want(t, "Join", thread.Join(), nil)
	want(t, "Join", thread.Join(), nil)
	want(t, "JoinTimeout", thread.JoinTimeout(0), nil)
	if thread.IsAlive() || native == 0 || native != thread.NativeID() || ident != thread.Ident() ||
		!stayed {
		t.Errorf("native %d and %d, ident %d and %d, stayed %v", native, thread.NativeID(), ident,
			thread.Ident(), stayed)
	}
	if name != "my thread" || comm != "my thread" || current != thread {
		t.Errorf("inside it is called %q, by the system %q, and is the same: %v", name, comm,
			current == thread)
	}
	want(t, "Start", thread.Start(), ErrAlreadyStarted)
	want(t, "Close", thread.Close(), nil)
}

func TestThreadsAreListedAndTheSameWhileTheyLive(t *testing.T) {
	var stop Event
	defer stop.Close()
	var threads []*Thread
	before := ActiveCount()
	for range 20 {
		threads = append(threads, Must(Spawn("", func() { _ = stop.Wait() })))
	}
	all := Enumerate()
	if small := enumerate(1); len(small) < 21 {
		t.Errorf("with little room at first %d are listed", len(small))
	}
	for _, thread := range threads {
		if !slices.Contains(all, thread) || !thread.IsAlive() ||
			!strings.HasPrefix(thread.Name(), "Thread-") {
			t.Errorf("%s is not alive or not listed", thread.Name())
		}
	}
	if !slices.Contains(all, MainThread()) || MainThread().Name() != "MainThread" {
		t.Error("the main thread is not listed")
	}
	if now := ActiveCount(); now < before+20 || len(all) < 21 {
		t.Errorf("%d before, %d now, %d listed", before, now, len(all))
	}
	want(t, "JoinTimeout(-1)", threads[0].JoinTimeout(-1), ErrTimeout)
	want(t, "JoinTimeout over TimeoutMax", threads[0].JoinTimeout(TimeoutMax+1), ErrInvalidArgument)
	notEarly(t, "JoinTimeout", short,
		func() { want(t, "JoinTimeout", threads[0].JoinTimeout(short), ErrTimeout) })
	want(t, "Set", stop.Set(), nil)
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
		want(t, "Finish", thread.Finish(), ErrDestroyed)
	}
	for _, thread := range Enumerate() {
		if slices.Contains(threads, thread) {
			t.Errorf("%p is listed after its end", thread)
		}
	}
}

func TestAThreadCannotJoinItselfNorADummy(t *testing.T) {
	want(t, "Finish", Must(Spawn("", func() {
		want(t, "Join", CurrentThread().Join(), ErrWouldDeadlock)
		want(t, "Finish", CurrentThread().Finish(), ErrWouldDeadlock)
	})).Finish(), nil)
	var dummy *Thread
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if GetNativeID() == uint64(os.Getpid()) { // the main thread: go on in another
			elsewhere(func() { dummy = CurrentThread(); done <- struct{}{}; <-quit })
			return
		}
		dummy = CurrentThread()
		done <- struct{}{}
		<-quit
	}()
	<-done
	if !strings.HasPrefix(dummy.Name(), "Dummy-") || !dummy.Daemon() ||
		!slices.Contains(Enumerate(), dummy) {
		t.Errorf("%q is no Dummy", dummy.Name())
	}
	want(t, "Join", dummy.Join(), ErrDummy)
	want(t, "Close", dummy.Close(), ErrBusy)
	want(t, "SetDaemon", dummy.SetDaemon(false), ErrAlreadyStarted)
	want(t, "Close of the main thread", MainThread().Close(), ErrBusy)
	close(quit)
	<-done
}

func TestNamesGoThroughWhole(t *testing.T) {
	var stop Event
	defer stop.Close()
	thread := Must(Spawn("", func() { _ = stop.Wait() }))
	for _, name := range []string{
		"żółw", "a", strings.Repeat("long ", 100), strings.Repeat("x", 63), strings.Repeat("x", 64),
	} {
		want(t, "SetName", thread.SetName(name), nil)
		if thread.Name() != name {
			t.Errorf("%q became %q", name, thread.Name())
		}
	}
	for _, name := range []string{"\xff", "a\x00b"} {
		want(t, "SetName", thread.SetName(name), ErrInvalidArgument)
		_, err := NewThread(name, func() {})
		want(t, "NewThread", err, ErrInvalidArgument)
	}
	want(t, "SetName", thread.SetName(""), nil)
	if !strings.HasPrefix(thread.Name(), "Thread-") {
		t.Errorf("the default name is %q", thread.Name())
	}
	want(t, "Set", stop.Set(), nil)
	want(t, "Finish", thread.Finish(), nil)
}

func TestTheDaemonFlagIsInheritedFromAThreadAndFalseElsewhere(t *testing.T) {
	flags := func() (thread, timer bool) {
		a, b := Must(NewThread("", func() {})), Must(NewTimer(time.Hour, func() {}))
		defer a.Close()
		defer b.Close()
		return a.Daemon(), b.Thread().Daemon()
	}
	elsewhere(func() {
		if thread, timer := flags(); thread || timer {
			t.Errorf("in a goroutine: thread %v, timer %v", thread, timer)
		}
	})
	want(t, "Finish", Must(Spawn("", func() {
		if thread, timer := flags(); thread || timer || CurrentThread().Daemon() {
			t.Errorf("in a thread that is no daemon: thread %v, timer %v", thread, timer)
		}
	})).Finish(), nil)
	want(t, "Finish", Must(SpawnDaemon("", func() {
		if thread, timer := flags(); !thread || !timer || !CurrentThread().Daemon() {
			t.Errorf("in a daemon: thread %v, timer %v", thread, timer)
		}
		want(t, "SetDaemon", CurrentThread().SetDaemon(false), ErrAlreadyStarted)
	})).Finish(), nil)
}

func TestManyGoroutinesJoinOneThread(t *testing.T) {
	var stop Event
	defer stop.Close()
	result := 0
	thread := Must(Spawn("", func() { _ = stop.Wait(); result = 7 }))
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			want(t, "Join", thread.Join(), nil)
			if result != 7 {
				t.Error("its end does not happen before the return of Join")
			}
		}()
	}
	want(t, "Set", stop.Set(), nil)
	group.Wait()
	want(t, "Close", thread.Close(), nil)
}

func TestARunningThreadThatIsClosedGoesOn(t *testing.T) {
	var stop Event
	defer stop.Close()
	ended := make(chan struct{})
	thread := Must(Spawn("given up", func() {
		defer close(ended)
		_ = stop.Wait()
	}))
	want(t, "Close", thread.Close(), nil)
	if !thread.IsAlive() || thread.Name() != "given up" {
		t.Error("it does not go on")
	}
	want(t, "Set", stop.Set(), nil)
	<-ended
	until(t, "its handle is stale", func() bool { return thread.Join() == ErrDestroyed })
}

func TestGoexitEndsAThreadAsAReturnDoes(t *testing.T) {
	deferred, after := false, false
	thread := Must(Spawn("", func() {
		defer func() { deferred = true }()
		runtime.Goexit()
		after = true
	}))
	want(t, "Join", thread.Join(), nil)
	want(t, "Close", thread.Close(), nil)
	if !deferred || after {
		t.Errorf("deferred %v, after %v", deferred, after)
	}
}

func TestAThreadMayEndTiedMoreOftenThanItBegan(t *testing.T) {
	for range 3 {
		want(t, "Finish", Must(Spawn("", func() {
			for range 100 {
				runtime.LockOSThread()
			}
		})).Finish(), nil)
	}
}

func TestStackSizesAreForC(t *testing.T) {
	want(t, "SetStackSize", SetStackSize(1<<15-1), ErrInvalidArgument)
	want(t, "SetStackSize", SetStackSize(-1), ErrInvalidArgument)
	want(t, "SetStackSize", SetStackSize(1<<18), nil)
	if StackSize() != 1<<18 {
		t.Errorf("it is %d", StackSize())
	}
	want(t, "SetStackSize", SetStackSize(0), nil)
	var deep func(n int) int
	deep = func(n int) int {
		var room [1024]byte
		if n == 0 {
			return int(room[0])
		}
		return deep(n-1) + 1
	}
	result := 0
	thread := Must(NewThread("", func() { result = deep(1000) })) // a megabyte of goroutine stack
	want(t, "SetStackSize", thread.SetStackSize(100), ErrInvalidArgument)
	want(t, "SetStackSize", thread.SetStackSize(1<<16), nil)
	want(t, "Start", thread.Start(), nil)
	want(t, "SetStackSize", thread.SetStackSize(1<<16), ErrAlreadyStarted)
	want(t, "Finish", thread.Finish(), nil)
	if result != 1000 {
		t.Errorf("it went %d deep", result)
	}
}

func TestAClosedThreadIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewThread("", func() { t.Error("it runs") }))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Thread).Close(), nil)
	cases := map[*Thread]error{closed: ErrDestroyed, new(Thread): ErrInvalidHandle}
	for thread, expected := range cases {
		want(t, "Start", thread.Start(), expected)
		want(t, "Join", thread.Join(), expected)
		want(t, "JoinTimeout", thread.JoinTimeout(long), expected)
		want(t, "Finish", thread.Finish(), expected)
		want(t, "SetName", thread.SetName("x"), expected)
		want(t, "SetDaemon", thread.SetDaemon(true), expected)
		want(t, "SetStackSize", thread.SetStackSize(1<<16), expected)
		if thread.IsAlive() || thread.Daemon() || thread.Name() != "" || thread.Ident() != 0 ||
			thread.NativeID() != 0 {
			t.Error("it answers something")
		}
	}
	_, err := NewThread("", nil)
	want(t, "NewThread", err, ErrInvalidArgument)
	_, err = Spawn("", nil)
	want(t, "Spawn", err, ErrInvalidArgument)
	_, err = SpawnDaemon("", nil)
	want(t, "SpawnDaemon", err, ErrInvalidArgument)
}

func TestAThreadRunsOnTheProcessorsThatItIsGiven(t *testing.T) {
	thread := Must(NewThread("placed", func() {}))
	want(t, "SetAffinity", thread.SetAffinity(), ErrInvalidArgument)
	want(t, "SetAffinity", thread.SetAffinity(8192), ErrInvalidArgument)
	// No machine has so many.
	want(t, "SetAffinity", thread.SetAffinity(8191), nil)
	want(t, "Start", thread.Start(), ErrInvalidArgument)
	want(t, "SetAffinity", thread.SetAffinity(usableProcessor(t)), nil)
	want(t, "Start", thread.Start(), nil)
	want(t, "Join", thread.Join(), nil)
	want(t, "SetAffinity", thread.SetAffinity(0), ErrInvalidArgument)
	want(t, "Close", thread.Close(), nil)
}

func TestAThreadRunsWithThePriorityThatItIsGiven(t *testing.T) {
	// The system call has 20 less the nice value.
	nice := func() int {
		found, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
		if err != nil {
			t.Error(err)
		}
		return 20 - found
	}
	if nice() > 10 {
		t.Skip("the process is lower than low")
	}
	found := 0
	thread := Must(NewThread("low", func() { found = nice() }))
	want(t, "SetPriority", thread.SetPriority(3), ErrInvalidArgument)
	want(t, "SetPriority", thread.SetPriority(PriorityRealtime), nil)
	want(t, "SetPriority", thread.SetPriority(PriorityLow), nil)
	want(t, "Start", thread.Start(), nil)
	want(t, "Join", thread.Join(), nil)
	if found != 10 {
		t.Error("it had the nice value ", found)
	}
	want(t, "SetPriority", thread.SetPriority(PriorityNormal), ErrInvalidArgument)
	want(t, "Close", thread.Close(), nil)
}

// The first processor on which this process may run.
func usableProcessor(t *testing.T) uint32 {
	var set [128]uint64
	size, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set),
		uintptr(unsafe.Pointer(&set)))
	for word := range set[:size/8] {
		if set[word] != 0 {
			return uint32(64*word + bits.TrailingZeros64(set[word]))
		}
	}
	t.Fatal("no processor is usable: ", errno)
	return 0
}
