package main

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

func lockRows(s settings) []row {
	one := func(name string, body func(operations int)) row {
		return row{"lock", name, parameters{}, "ns", false, s.rounds(21, 5),
			func() []contender { return []contender{loop("go", s.long(), alone(body))} }}
	}
	var mutex, held sync.Mutex
	held.Lock()
	rows := []row{
		one("lock uncontended", func(operations int) {
			for range operations {
				mutex.Lock()
				mutex.Unlock()
			}
		}),
		one("try on a held lock", func(operations int) {
			for range operations {
				if held.TryLock() {
					fail("TryLock took a lock that is held")
				}
			}
		}),
	}
	for _, section := range []int{0, 100, 1000} {
		for _, threads := range []int{1, 2, 4, 16, 64} {
			if threads > 1 || s.cpus > 1 {
				rows = append(rows, contended(s, threads, section))
			}
		}
	}
	for _, section := range []int{0, 1000} {
		for _, threads := range []int{16, 64} {
			if !s.quick && s.cpus > 1 {
				rows = append(rows, fairness(s, threads, section))
			}
		}
	}
	return rows
}

// With many threads a round must be long enough that a scheduler gives each of them several slices.
func contended(s settings, threads, section int) row {
	long, rounds := 20*time.Millisecond, s.rounds(5, 1)
	if threads >= 16 {
		long, rounds = 60*time.Millisecond, s.rounds(2, 1)
	}
	if s.quick {
		long /= 4
	}
	return row{"contended", "contended lock",
		parameters{"threads": threads, "section_ns": section, "cpus": s.cpus}, "ns", true, rounds,
		func() []contender {
			turns := busyTurns(section)
			return eachWay(func(w way) sample {
				one, _ := contend(w, threads, turns, long, false)
				// Apart, since noting how long each wait is would slow the others down.
				_, waits := contend(w, threads, turns, long/4, true)
				waits.into(one.extra)
				return one
			})
		}}
}

// On threads alone: goroutines are no rival.
func fairness(s settings, threads, section int) row {
	return row{"fairness", "fairness",
		parameters{"threads": threads, "section_ns": section, "cpus": s.cpus}, "ns", true, 1,
		func() []contender {
			turns := busyTurns(section)
			return []contender{{ways[1].who, func() sample {
				one, waits := contend(ways[1], threads, turns, time.Second, true)
				waits.into(one.extra)
				return one
			}}}
		}}
}

func eachWay(round func(w way) sample) []contender {
	var contenders []contender
	for _, w := range ways {
		contenders = append(contenders, contender{w.who, func() sample { return round(w) }})
	}
	return contenders
}

// What the lock guards: as in C, four words that every section increments.
type guarded struct {
	mutex sync.Mutex
	_     [120]byte
	words [4]uint64
}

// What one thread did, apart from the next one's.
type share struct {
	sections uint64
	waits    waits
	_        [128]byte
}

func contend(w way, threads, turns int, long time.Duration, watched bool) (sample, *waits) {
	var shared guarded
	var stop atomic.Bool
	var ready sync.WaitGroup
	ready.Add(threads)
	begin, ended := make(chan struct{}), make(chan struct{})
	shares := make([]share, threads)
	var started time.Time
	var taken time.Duration
	var before usage
	go func() {
		ready.Wait()
		before, started = usageNow(), time.Now()
		close(begin)
		time.Sleep(long)
		stop.Store(true)
		taken = time.Since(started)
		close(ended)
	}()
	w.run(threads, func(index int) {
		mine := &shares[index]
		ready.Done()
		<-begin
		for !stop.Load() {
			var asked time.Time
			if watched {
				asked = time.Now()
			}
			shared.mutex.Lock()
			if watched {
				mine.waits.note(time.Since(asked))
			}
			for i := range shared.words {
				shared.words[i]++
			}
			busy(turns)
			shared.mutex.Unlock()
			mine.sections++
		}
	})
	<-ended
	total, least := uint64(0), uint64(math.MaxUint64)
	together := new(waits)
	for i := range shares {
		total += shares[i].sections
		least = min(least, shares[i].sections)
		together.add(&shares[i].waits)
	}
	for _, word := range shared.words {
		if word != total {
			fail("the lock let two in at once: %d of %d", word, total)
		}
	}
	extra := before.extra(float64(total))
	extra["least_percent"] = 100 * float64(least) * float64(threads) / float64(total)
	return sample{float64(taken) / float64(total), extra}, together
}

// Waits counted by length; eight steps for each doubling.
type waits struct {
	counts  [64 * 8]uint64
	longest uint64
}

func (w *waits) note(wait time.Duration) {
	nanoseconds := uint64(max(wait, 1))
	w.longest = max(w.longest, nanoseconds)
	w.counts[place(nanoseconds)]++
}

func place(nanoseconds uint64) int {
	if nanoseconds < 8 {
		return int(nanoseconds)
	}
	exponent := bits.Len64(nanoseconds) - 4
	return exponent*8 + int(nanoseconds>>exponent)
}

func (w *waits) into(extra map[string]float64) {
	extra["p999_us"] = w.quantile(0.999) / 1e3
	extra["longest_wait_ms"] = float64(w.longest) / 1e6
}

func (w *waits) add(other *waits) {
	for i, count := range other.counts {
		w.counts[i] += count
	}
	w.longest = max(w.longest, other.longest)
}

// The upper end of the step in which that part of the waits ends.
func (w *waits) quantile(part float64) float64 {
	total := uint64(0)
	for _, count := range w.counts {
		total += count
	}
	left := uint64(math.Ceil(part * float64(total)))
	for i, count := range w.counts {
		if count >= left {
			if i < 8 {
				return float64(i)
			}
			exponent := i/8 - 1
			return float64(uint64(i-exponent*8+1) << exponent)
		}
		left -= count
	}
	panic(fmt.Sprintf("no wait was noted, and %g of them were asked for", part))
}
