package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

// In which order they are stopped: as they were started, or any, when most of the time goes into
// waiting for memory; or all stay pending while one further timer is started and stopped.
const (
	inOrder  = ""
	shuffled = ", shuffled"
	oneMore  = ", one more"
)

// As in threading_bench, the rows are named after two CPUs on a machine with one too.
func timerRows(s settings) []row {
	var rows []row
	for _, pending := range []int{1_000, 100_000, 1_000_000} {
		if s.quick && pending > 100_000 {
			continue
		}
		rounds := s.rounds(3, 2)
		if pending > 100_000 {
			rounds = 1
		}
		where := parameters{"pending": pending, "cpus": 2}
		for _, order := range []string{inOrder, shuffled, oneMore} {
			if s.quick && order != inOrder {
				continue
			}
			rows = append(rows,
				row{"timer", "timer start + cancel" + order, where, "ns", false, rounds,
					func() []contender {
						return []contender{{"go",
							func() sample { return sample{value: startAndStop(pending, order)} }}}
					}})
		}
		rows = append(rows,
			row{"timer", "timer memory", where, "bytes", false, 1, func() []contender {
				return []contender{{"go",
					func() sample { return sample{value: timerBytesApart(pending)} }}}
			}})
	}
	return append(rows,
		row{"timer", "timer lateness", parameters{"timers": 10_000, "cpus": 2}, "us", false, 1,
			func() []contender {
				spread := time.Second
				if s.quick {
					spread /= 4
				}
				return []contender{{"go", func() sample { return lateness(10_000, spread) }}}
			}})
}

func neverCalled() { fail("a timer fired that is not due for minutes") }

// Random times between 10 and 70 minutes, made before they are needed.
func intervals(count int) []time.Duration {
	random := rand.New(rand.NewPCG(88172645463325252, 1))
	list := make([]time.Duration, count)
	for i := range list {
		list[i] = 600*time.Second + time.Duration(random.Int64N(int64(3600*time.Second)))
	}
	return list
}

func stop(timer *time.Timer) {
	if !timer.Stop() {
		fail("a timer could not be stopped that is not due for minutes")
	}
}

// AfterFunc makes and starts, so making is timed with it.
func startAndStop(pending int, order string) float64 {
	const further = 1000
	due := intervals(max(pending, further))
	timers := make([]*time.Timer, pending)
	repeats := max(20_000/pending, 1) // with few of them the work is done more than once
	runtime.GC()
	sum := 0.0
	for range repeats {
		begin := time.Now()
		for i := range timers {
			timers[i] = time.AfterFunc(due[i], neverCalled)
		}
		taken := float64(time.Since(begin)) / float64(pending)
		if order == oneMore {
			begin = time.Now()
			for i := range further {
				stop(time.AfterFunc(due[i], neverCalled))
			}
			taken = float64(time.Since(begin)) / further
		}
		if order == shuffled {
			rand.New(rand.NewPCG(2463534242, 1)).Shuffle(pending,
				func(i, j int) { timers[i], timers[j] = timers[j], timers[i] })
		}
		begin = time.Now()
		for _, timer := range timers {
			stop(timer)
		}
		if order != oneMore {
			taken += float64(time.Since(begin)) / float64(pending)
		}
		sum += taken
	}
	return sum / float64(repeats)
}

// In a process of its own, which no earlier row has left a heap to.
func timerBytesApart(pending int) float64 {
	self, err := os.Executable()
	if err != nil {
		fail("%v", err)
	}
	output, err := exec.Command(self, "-timer-bytes", fmt.Sprint(pending)).Output()
	var bytes float64
	if err == nil {
		_, err = fmt.Sscan(string(output), &bytes)
	}
	if err != nil {
		fail("%s -timer-bytes %d: %v", self, pending, err)
	}
	return bytes
}

// Growth of the resident memory; what is garbage has been given back to the system before both
// readings.
func timerBytes(pending int) float64 {
	due := intervals(pending)
	timers := make([]*time.Timer, pending)
	for i := range timers {
		timers[i] = nil // touches the pages
	}
	debug.FreeOSMemory()
	before := residentBytes()
	for i := range timers {
		timers[i] = time.AfterFunc(due[i], neverCalled)
	}
	debug.FreeOSMemory()
	each := (residentBytes() - before) / float64(pending)
	for _, timer := range timers {
		stop(timer)
	}
	return each
}

func lateness(count int, spread time.Duration) sample {
	late := make([]float64, count)
	var called atomic.Int64
	done := make(chan struct{})
	random := rand.New(rand.NewPCG(362436069, 1))
	for i := range late {
		interval := 50*time.Millisecond + time.Duration(random.Int64N(int64(spread)))
		begin := time.Now()
		time.AfterFunc(interval, func() {
			late[i] = float64(time.Since(begin)-interval) / 1e3
			if called.Add(1) == int64(count) {
				close(done)
			}
		})
	}
	<-done
	if early := slices.Min(late); early < 0 {
		fail("a timer was %g us early", -early)
	}
	return sample{quantile(late, 0.5), map[string]float64{
		"p99_us": quantile(late, 0.99), "p999_us": quantile(late, 0.999),
		"longest_us": quantile(late, 1),
	}}
}
