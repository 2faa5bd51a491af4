package main

import (
	"context"
	"runtime"
	"time"
)

// What Go has in place of executors, of waits for several objects, and of stops: goroutines with
// channels, select, and contexts.
func taskRows(s settings) []row {
	rows := []row{
		tasks(s, "submit + result", parameters{"cpus": s.cpus}, 1),
		tasks(s, "submit many, then results", parameters{"tasks": 1000, "cpus": s.cpus}, 1000),
		pingPong(s, "ping-pong stop", func(w way) contender { return passes(s, w, contextPasses) }),
	}
	rows[2].group = "stop"
	for _, objects := range []int{2, 8} {
		game := pingPong(s, "ping-pong wait_any",
			func(w way) contender { return passes(s, w, selectPasses(objects)) })
		game.group, game.parameters = "wait_any", parameters{"objects": objects, "cpus": s.cpus}
		rows = append(rows, game, selectRow(s, objects, true), selectRow(s, objects, false))
	}
	return append(rows, stopRows(s)...)
}

// ---- tasks ----

type job struct {
	function func(argument int) int
	argument int
	result   chan int
}

func same(argument int) int { return argument }

// A goroutine for each task.
func spawn(j job) {
	go func() { j.result <- j.function(j.argument) }()
}

// As many goroutines as the library's executor has workers, each on a thread of its own.
func pool(count int) func(job) {
	jobs := make(chan job, 1024)
	for range count {
		go func() {
			runtime.LockOSThread()
			for j := range jobs {
				j.result <- j.function(j.argument)
			}
		}()
	}
	return func(j job) { jobs <- j }
}

// So many tasks, of which a batch is submitted before the first result is asked for.
func batches(submit func(job), batch int) work {
	results := make([]chan int, batch)
	return func(operations int) time.Duration {
		repeats := (operations + batch - 1) / batch
		begin := time.Now()
		for range repeats {
			for i := range batch {
				results[i] = make(chan int, 1)
				submit(job{same, i, results[i]})
			}
			for i := range batch {
				if <-results[i] != i {
					fail("a task has the result of another")
				}
			}
		}
		return time.Since(begin) * time.Duration(operations) / time.Duration(repeats*batch)
	}
}

func tasks(s settings, name string, where parameters, batch int) row {
	return row{"executor", name, where, "ns", true, s.rounds(15, 3),
		func() []contender {
			long := 2 * s.long()
			pooled := pool(runtime.NumCPU() + 4)
			onThread := func(operations int) (taken time.Duration) {
				ended := make(chan struct{})
				go func() {
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
					taken = batches(pooled, batch)(operations)
					close(ended)
				}()
				<-ended
				return taken
			}
			return []contender{loop("goroutines", long, batches(spawn, batch)),
				loop("go_threads", long, onThread)}
		}}
}

// ---- select ----

type turns [8]chan struct{}

// Of so many channels the last one is what is given; the others stand there too.
func several(objects int) (found turns) {
	for i := range objects {
		found[i] = make(chan struct{}, 1)
	}
	return found
}

func (t *turns) take(objects int) {
	if objects == 2 {
		select {
		case <-t[0]:
			fail("select took what nobody has given")
		case <-t[1]:
		}
		return
	}
	select {
	case <-t[0]:
	case <-t[1]:
	case <-t[2]:
	case <-t[3]:
	case <-t[4]:
	case <-t[5]:
	case <-t[6]:
	case <-t[7]:
		return
	}
	fail("select took what nobody has given")
}

// Whether one of them could be taken; it does not wait.
func (t *turns) tryTake(objects int) bool {
	if objects == 2 {
		select {
		case <-t[0]:
		case <-t[1]:
		default:
			return false
		}
		return true
	}
	select {
	case <-t[0]:
	case <-t[1]:
	case <-t[2]:
	case <-t[3]:
	case <-t[4]:
	case <-t[5]:
	case <-t[6]:
	case <-t[7]:
	default:
		return false
	}
	return true
}

func selectPasses(objects int) func(w way, passes int) time.Duration {
	return func(w way, passes int) time.Duration {
		both := [2]turns{several(objects), several(objects)}
		both[0][objects-1] <- struct{}{}
		return w.run(2, func(index int) {
			for range (passes + 1) / 2 {
				both[index].take(objects)
				both[1-index][objects-1] <- struct{}{}
			}
		})
	}
}

func selectRow(s settings, objects int, oneIsReady bool) row {
	name := "wait_any poll, none ready"
	if oneIsReady {
		name = "give + wait_any"
	}
	return row{"wait_any", name, parameters{"objects": objects}, "ns", false, s.rounds(21, 5),
		func() []contender {
			channels := several(objects)
			return []contender{loop("go", s.long(), alone(func(operations int) {
				for range operations {
					if oneIsReady {
						channels[objects-1] <- struct{}{}
					}
					if channels.tryTake(objects) != oneIsReady {
						fail("select took what nobody has given, or did not take what was there")
					}
				}
			}))}
		}}
}

// ---- contexts ----

// One for each pass, since each comes once. Making them is not counted.
func contextPasses(w way, passes int) time.Duration {
	each := (passes + 1) / 2
	var waits [2][]context.Context
	var requests [2][]context.CancelFunc
	for side := range 2 {
		for range each + 1 {
			made, cancel := context.WithCancel(context.Background())
			waits[side], requests[side] = append(waits[side], made), append(requests[side], cancel)
			_ = made.Done()
		}
	}
	requests[0][0]()
	return w.run(2, func(index int) {
		for i := range each {
			<-waits[index][i].Done()
			requests[1-index][i+index]()
		}
	})
}

func stopRows(s settings) []row {
	one := func(name string, where parameters, rounds int, make func() contender) row {
		return row{"stop", name, where, "ns", false, rounds,
			func() []contender { return []contender{make()} }}
	}
	parent, end := context.WithCancel(context.Background())
	child, endChild := context.WithCancel(parent)
	rows := []row{
		one("stop requested", parameters{}, s.rounds(21, 5), func() contender {
			return loop("go", s.long(), alone(func(operations int) {
				for range operations {
					if child.Err() != nil {
						fail("a context was cancelled by nobody")
					}
				}
			}))
		}),
		one("stop new + destroy", parameters{}, s.rounds(21, 5), func() contender {
			return loop("go", s.long(), alone(func(operations int) {
				for range operations {
					_, cancel := context.WithCancel(parent)
					cancel()
				}
			}))
		}),
	}
	// Of contexts that stay as long as the program.
	_, _ = end, endChild
	for _, children := range []int{1, 1000} {
		rows = append(rows, one("stop request", parameters{"children": children},
			s.rounds(51, 11), func() contender {
				return contender{"go", func() sample { return sample{value: request(children)} }}
			}))
	}
	return rows
}

// Nanoseconds of one request for each context that hears of it. Making them is not counted.
func request(children int) float64 {
	parent, cancel := context.WithCancel(context.Background())
	below := make([]context.Context, children)
	ends := make([]context.CancelFunc, children)
	for i := range below {
		below[i], ends[i] = context.WithCancel(parent)
	}
	begin := time.Now()
	cancel()
	taken := time.Since(begin)
	for i := range below {
		if below[i].Err() == nil {
			fail("a context has not heard of a request")
		}
		ends[i]()
	}
	return float64(taken) / float64(children)
}
