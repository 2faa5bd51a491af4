package main

import (
	"runtime"
	"sync"
	"time"
)

func waitingRows(s settings) []row {
	rows := []row{
		pingPong(s, "ping-pong condition",
			func(w way) contender { return passes(s, w, conditionPasses) }),
		pingPong(s, "ping-pong semaphore",
			func(w way) contender { return passes(s, w, channelPasses) }),
	}
	for _, waiters := range []int{2, 8, 64, 512} {
		if s.cpus == 1 && (waiters == 2 || waiters == 512) {
			continue
		}
		rows = append(rows,
			row{"broadcast", "broadcast", parameters{"waiters": waiters, "cpus": s.cpus}, "ns",
				true, s.rounds(9, 3),
				func() []contender {
					return []contender{{ways[0].who, newCrowd(ways[0], waiters).round},
						{ways[1].who, newCrowd(ways[1], waiters).round}}
				}})
	}
	for _, pairs := range []int{1, 4} {
		for _, slots := range []int{1, 16, 1024} {
			rows = append(rows, queue(s, pairs, slots), queueObject(s, pairs, slots))
		}
	}
	return rows
}

func pingPong(s settings, name string, make func(w way) contender) row {
	return row{"ping_pong", name, parameters{"cpus": s.cpus}, "ns", true, s.rounds(15, 3),
		func() []contender {
			var contenders []contender
			for _, w := range ways {
				contenders = append(contenders, make(w))
			}
			return contenders
		}}
}

func passes(s settings, w way, pass func(w way, passes int) time.Duration) contender {
	return loop(w.who, 2*s.long(),
		func(operations int) time.Duration { return pass(w, operations) })
}

// A number guarded by a mutex says whose turn it is.
func conditionPasses(w way, passes int) time.Duration {
	var mutex sync.Mutex
	condition := sync.NewCond(&mutex)
	turn := 0
	return w.run(2, func(index int) {
		for range (passes + 1) / 2 {
			mutex.Lock()
			for turn != index {
				condition.Wait()
			}
			turn = 1 - index
			condition.Signal()
			mutex.Unlock()
		}
	})
}

// Go has no semaphore: a channel with room for one is what stands for it.
func channelPasses(w way, passes int) time.Duration {
	turns := [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
	turns[0] <- struct{}{}
	return w.run(2, func(index int) {
		for range (passes + 1) / 2 {
			<-turns[index]
			turns[1-index] <- struct{}{}
		}
	})
}

// Waiters that are there for the whole row. Who has left its wait stays away from the lock until
// the next round, so that it is in nobody's way.
type crowd struct {
	mutex         sync.Mutex
	condition     *sync.Cond
	size          int
	waiting, left int
	generation    int
	awake         chan time.Time
	gate          chan struct{} // closed when they may wait again
}

func newCrowd(w way, size int) *crowd {
	c := &crowd{size: size, awake: make(chan time.Time, 1), gate: make(chan struct{})}
	c.condition = sync.NewCond(&c.mutex)
	gate := c.gate
	go w.run(size, func(int) {
		gate := gate
		for {
			<-gate
			c.mutex.Lock()
			c.waiting++
			for seen := c.generation; seen == c.generation; {
				c.condition.Wait()
			}
			c.left++
			last := c.left == c.size
			gate = c.gate
			c.mutex.Unlock()
			if last {
				c.awake <- time.Now()
			}
		}
	})
	return c
}

// From the notify until the last waiter has left its wait.
func (c *crowd) round() sample {
	close(c.gate)
	c.gate = make(chan struct{})
	for everybody := false; !everybody; runtime.Gosched() {
		c.mutex.Lock()
		everybody = c.waiting == c.size
		c.mutex.Unlock()
	}
	// So that the last have fallen asleep.
	time.Sleep(time.Duration(200+5*c.size) * time.Microsecond)
	c.mutex.Lock()
	c.generation++
	c.waiting, c.left = 0, 0
	begin := time.Now()
	c.condition.Broadcast()
	c.mutex.Unlock()
	last := <-c.awake
	return sample{value: float64(last.Sub(begin)) / float64(c.size)}
}

func queue(s settings, pairs, slots int) row {
	return row{"queue", "queue",
		parameters{"slots": slots, "producers": pairs, "consumers": pairs, "cpus": s.cpus}, "ns",
		true, s.rounds(9, 3),
		func() []contender {
			var contenders []contender
			for _, w := range ways {
				contenders = append(contenders,
					loop(w.who, 2*s.long(), func(operations int) time.Duration {
						return move(w, pairs, operations, newRing(slots))
					}))
			}
			return append(contenders,
				loop("go_channel", 2*s.long(), func(operations int) time.Duration {
					return move(ways[0], pairs, operations, channel(make(chan uint64, slots)))
				}))
		}}
}

// Channels as they are: beside the queues that come whole from their libraries.
func queueObject(s settings, pairs, slots int) row {
	made := queue(s, pairs, slots)
	made.name = "queue object"
	made.contenders = func() []contender {
		var contenders []contender
		for i, who := range []string{"go_channel", "go_threads"} {
			contenders = append(contenders,
				loop(who, 2*s.long(), func(operations int) time.Duration {
					return move(ways[i], pairs, operations, channel(make(chan uint64, slots)))
				}))
		}
		return contenders
	}
	return made
}

type pipe interface {
	put(item uint64)
	get() uint64
}

type channel chan uint64

func (c channel) put(item uint64) { c <- item }
func (c channel) get() uint64     { return <-c }

type ring struct {
	mutex           sync.Mutex
	notFull, filled *sync.Cond
	items           []uint64
	first, count    int
}

func newRing(slots int) *ring {
	r := &ring{items: make([]uint64, slots)}
	r.notFull, r.filled = sync.NewCond(&r.mutex), sync.NewCond(&r.mutex)
	return r
}

func (r *ring) put(item uint64) {
	r.mutex.Lock()
	for r.count == len(r.items) {
		r.notFull.Wait()
	}
	r.items[(r.first+r.count)%len(r.items)] = item
	r.count++
	r.filled.Signal()
	r.mutex.Unlock()
}

func (r *ring) get() uint64 {
	r.mutex.Lock()
	for r.count == 0 {
		r.filled.Wait()
	}
	item := r.items[r.first]
	r.first = (r.first + 1) % len(r.items)
	r.count--
	r.notFull.Signal()
	r.mutex.Unlock()
	return item
}

// Every producer puts its share of the items, every consumer takes as many; what came out is what
// went in.
func move(w way, pairs, items int, through pipe) time.Duration {
	each := items/pairs + 1
	sums := make([]uint64, 2*pairs*16)
	taken := w.run(2*pairs, func(index int) {
		sum := uint64(0)
		for i := range each {
			if index < pairs {
				through.put(uint64(i))
				sum -= uint64(i)
			} else {
				sum += through.get()
			}
		}
		sums[index*16] = sum
	})
	total := uint64(0)
	for _, sum := range sums {
		total += sum
	}
	if total != 0 {
		fail("a queue lost an item, or gave one twice")
	}
	return taken * time.Duration(items) / time.Duration(each*pairs)
}
