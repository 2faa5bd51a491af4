package threading_test

import (
	"fmt"
	"time"

	threading "github.com/libthreading/libthreading/bindings/go"
)

// Two tellers take the same two locks, each in its own order.
func ExampleFindDeadlock() {
	accounts := threading.Named(new(threading.Lock), "accounts")
	ledger := threading.Named(new(threading.Lock), "ledger")
	both := threading.Must(threading.NewBarrier(2, nil))
	serve := func(mine, yours *threading.Lock) func() {
		return func() {
			mine.Lock()
			_, _ = both.Wait() // each holds one
			yours.Lock()       // and wants the other
		}
	}
	one := threading.Must(threading.Spawn("teller-1", serve(accounts, ledger)))
	two := threading.Must(threading.Spawn("teller-2", serve(ledger, accounts)))
	var waits []threading.Wait
	var certainty threading.Certainty
	for len(waits) == 0 {
		<-time.After(time.Millisecond)
		waits, certainty = threading.FindDeadlock()
	}
	fmt.Println(certainty)
	for _, wait := range waits {
		fmt.Println(wait.Thread.Name(), "waits for", wait.Kind, wait.Name())
	}
	// It is not certain, since any goroutine may unlock a Lock.
	accounts.Unlock()
	_ = two.Finish()
	ledger.Unlock()
	_ = one.Finish()
	// Unordered output:
	// probable
	// teller-1 waits for lock ledger
	// teller-2 waits for lock accounts
}
