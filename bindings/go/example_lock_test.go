package threading_test

import (
	"fmt"

	threading "github.com/libthreading/libthreading/bindings/go"
)

// A counter whose zero value is ready: so is that of its lock.
type counter struct {
	lock  threading.Lock
	value int // guarded by lock
}

func (c *counter) increment() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.value++
}

func ExampleLock() {
	var c counter
	var threads []*threading.Thread
	for range 5 {
		threads = append(threads, threading.Must(threading.Spawn("", func() {
			for range 3 {
				c.increment()
			}
		})))
	}
	for _, thread := range threads {
		_ = thread.Finish()
	}
	fmt.Println("Counter:", c.value)
	// Output: Counter: 15
}

// TryLock says at once whether the lock was free.
func ExampleLock_TryLock() {
	var lock threading.Lock
	fmt.Println("First try:", lock.TryLock())
	fmt.Println("Second try:", lock.TryLock())
	lock.Unlock()
	// Output:
	// First try: true
	// Second try: false
}

// An RLock can be taken again by whoever holds it, which is a thread. The goroutine stays on its
// thread from the first Lock to the last Unlock, with no need to call runtime.LockOSThread.
func ExampleRLock() {
	var rlock threading.RLock
	fmt.Println("First try:", rlock.TryLock())
	fmt.Println("Second try:", rlock.TryLock())
	done := make(chan bool)
	go func() { done <- rlock.TryLock() }()
	fmt.Println("Another goroutine's try:", <-done)
	fmt.Println("Depth:", rlock.Depth())
	rlock.Unlock()
	rlock.Unlock()
	// Output:
	// First try: true
	// Second try: true
	// Another goroutine's try: false
	// Depth: 2
}
