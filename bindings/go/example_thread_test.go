package threading_test

import (
	"fmt"
	"strings"
	"time"

	threading "github.com/libthreading/libthreading/bindings/go"
)

// Five threads run the same func. A Go program ends when main does, so it waits for them.
func Example_simple() {
	worker := func() { fmt.Println("Worker") }
	var threads []*threading.Thread
	for range 5 {
		threads = append(threads, threading.Must(threading.Spawn("", worker)))
	}
	for _, thread := range threads {
		_ = thread.Finish()
	}
	// Output:
	// Worker
	// Worker
	// Worker
	// Worker
	// Worker
}

// Arguments are what a closure has captured. So are results.
func Example_simpleargs() {
	squares := make([]int, 5)
	var threads []*threading.Thread
	for number := range squares {
		threads = append(threads, threading.Must(threading.Spawn("", func() {
			squares[number] = number * number
			fmt.Println("Worker:", number)
		})))
	}
	for _, thread := range threads {
		_ = thread.Finish()
	}
	fmt.Println(squares)
	// Unordered output:
	// Worker: 0
	// Worker: 1
	// Worker: 2
	// Worker: 3
	// Worker: 4
	// [0 1 4 9 16]
}

// A thread has a name; one without gets the next Thread-N. CurrentName is about the thread, so it
// means something in a Thread's func, and little in an ordinary goroutine.
func Example_names() {
	work := func() {
		name := threading.CurrentName()
		if strings.HasPrefix(name, "Thread-") {
			name = "Thread-N"
		}
		fmt.Println(name, "Starting")
		fmt.Println(name, "Exiting")
	}
	for _, name := range []string{"worker", "", "my_service"} {
		thread := threading.Must(threading.NewThread(name, work))
		_ = thread.Start()
		_ = thread.Finish()
	}
	// Output:
	// worker Starting
	// worker Exiting
	// Thread-N Starting
	// Thread-N Exiting
	// my_service Starting
	// my_service Exiting
}

// Shutdown waits for threads that are no daemons, and for daemons nothing but a join does.
func Example_daemonJoin() {
	var release threading.Event
	daemon := threading.Must(threading.SpawnDaemon("daemon", func() {
		fmt.Println("Starting:", threading.CurrentName())
		_ = release.Wait()
		fmt.Println("Exiting :", threading.CurrentName())
	}))
	_ = daemon.JoinTimeout(0) // it may have started by now
	thread := threading.Must(threading.Spawn("non-daemon", func() {
		_ = release.Set()
	}))
	_ = thread.Finish()
	_ = daemon.Finish()
	// Output:
	// Starting: daemon
	// Exiting : daemon
}

// A join can give up.
func Example_daemonJoinTimeout() {
	var release threading.Event
	daemon := threading.Must(threading.SpawnDaemon("daemon", func() { _ = release.Wait() }))
	err := daemon.JoinTimeout(10 * time.Millisecond)
	fmt.Println(err == threading.ErrTimeout, daemon.IsAlive())
	_ = release.Set()
	_ = daemon.Finish()
	// Output: true true
}

// Who joins all threads that there are leaves out the main thread, which ends with Shutdown, and
// Dummies, the threads that Go made for its goroutines.
func Example_enumerate() {
	var release threading.Event
	for number := range 3 {
		threading.Must(threading.SpawnDaemon(fmt.Sprint("worker-", number),
			func() { _ = release.Wait() }))
	}
	threads := threading.Enumerate()
	_ = release.Set()
	for _, thread := range threads {
		if thread == threading.MainThread() || thread == threading.CurrentThread() {
			continue
		}
		name := thread.Name()
		if thread.Join() == nil && strings.HasPrefix(name, "worker-") {
			fmt.Println("Joined", name)
		}
	}
	// Unordered output:
	// Joined worker-0
	// Joined worker-1
	// Joined worker-2
}

// A program makes a type of its own with a Thread in it, where Python would make a subclass.
func Example_subclass() {
	type greeter struct {
		*threading.Thread
		greeting string
	}
	g := &greeter{greeting: "hello"}
	g.Thread = threading.Must(threading.NewThread("greeter",
		func() { fmt.Println(g.Name(), "says", g.greeting) }))
	_ = g.Start()
	_ = g.Finish()
	// Output: greeter says hello
}
