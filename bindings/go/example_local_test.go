package threading_test

import (
	"fmt"

	threading "github.com/libthreading/libthreading/bindings/go"
)

// A Local goes by threads, so it is used in Threads. There is no value until one is set.
func ExampleLocal() {
	local := threading.Must(threading.NewLocal[int](nil, nil))
	defer local.Close()
	show := func() {
		if value, ok := local.Get(); ok {
			fmt.Println(threading.CurrentName(), ": value=", value)
		} else {
			fmt.Println(threading.CurrentName(), ": value= No value yet")
		}
	}
	for number, name := range []string{"one", "two"} {
		thread := threading.Must(threading.Spawn(name, func() {
			show()
			_ = local.Set(number)
			show()
		}))
		_ = thread.Finish()
	}
	// Output:
	// one : value= No value yet
	// one : value= 0
	// two : value= No value yet
	// two : value= 1
}

// With a func to begin a value and one to end it, every thread has, say, a connection of its own.
func ExampleNewLocal() {
	connection := threading.Must(threading.NewLocal(
		func() string {
			fmt.Println("open for", threading.CurrentName())
			return "connection of " + threading.CurrentName()
		},
		func(connection string) { fmt.Println("close", connection) },
	))
	defer connection.Close()
	_ = threading.Must(threading.Spawn("worker", func() {
		for range 2 {
			value, _ := connection.Get()
			fmt.Println("use", value)
		}
	})).Finish()
	// Output:
	// open for worker
	// use connection of worker
	// use connection of worker
	// close connection of worker
}
