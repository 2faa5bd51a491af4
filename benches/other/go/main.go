// Command go_bench times Go's own locks, conditions, channels and timers, in rows named as those of
// threading_bench are.
//
// Goroutines are not threads: where they wait for each other, Go changes from one to the next
// without asking the kernel. Such rows have two results: "goroutines" as a Go programmer has them,
// and "go_threads" with each goroutine locked to a thread of its own, which is the work that the
// other rivals do.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

type settings struct {
	quick bool
	cpus  int
}

// How long a round of a loop is.
func (s settings) long() time.Duration {
	if s.quick {
		return 2 * time.Millisecond
	}
	return 8 * time.Millisecond
}

func (s settings) rounds(full, quick int) int {
	if s.quick {
		return quick
	}
	return full
}

func all(s settings) []row {
	return slices.Concat(lockRows(s), waitingRows(s), taskRows(s), timerRows(s))
}

// Two ways to run a body: as Go does it, and on threads.
type way struct {
	who    string
	locked bool
}

var ways = []way{{"goroutines", false}, {"go_threads", true}}

// Runs the body so many times at once. The time is from when all are ready until the last has
// ended.
func (w way) run(count int, body func(index int)) time.Duration {
	var ready, ended sync.WaitGroup
	ready.Add(count)
	ended.Add(count)
	begin := make(chan struct{})
	for index := range count {
		go func() {
			defer ended.Done()
			if w.locked {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			ready.Done()
			<-begin
			body(index)
		}()
	}
	ready.Wait()
	started := time.Now()
	close(begin)
	ended.Wait()
	return time.Since(started)
}

func main() {
	groups := flag.String("groups", "", "names of groups, separated by commas; all if empty")
	pattern := flag.String("rows", "", "regular expression that the name of a row must match")
	pinned := flag.Bool("pinned", false,
		"only rows that mean something on one CPU; the caller sets the affinity")
	quick := flag.Bool("quick", false, "short rounds, and few")
	path := flag.String("json", "", "file for the results")
	list := flag.Bool("list", false, "name groups and rows, and measure nothing")
	pending := flag.Int("timer-bytes", 0,
		"print the memory that so many pending timers take, each, and measure nothing else")
	flag.Parse()
	if *pending > 0 {
		fmt.Println(timerBytes(*pending))
		return
	}
	wanted, err := regexp.Compile(*pattern)
	if err != nil || flag.NArg() > 0 {
		fail("go_bench: %v %v", err, flag.Args())
	}
	var chosen []row
	for _, r := range all(settings{*quick, cpus()}) {
		if (*groups == "" || slices.Contains(strings.Split(*groups, ","), r.group)) &&
			wanted.MatchString(r.name) && (r.pinned || !*pinned) {
			chosen = append(chosen, r)
		}
	}
	var rows []measured
	for i, r := range chosen {
		if *list {
			fmt.Printf("%s\t%s\t%v\n", r.group, r.name, r.parameters)
			continue
		}
		fmt.Fprintf(os.Stderr, "go_bench %d/%d: %s %v\n", i+1, len(chosen), r.name, r.parameters)
		m := r.measure()
		for _, found := range m.Results {
			fmt.Printf("%-28s %-40s %-12s %12.1f %s (%.1f - %.1f)\n", r.name, r.parameters,
				found.Who, found.Median,
				r.unit, found.Low, found.High)
		}
		rows = append(rows, m)
	}
	if *path != "" && !*list {
		write(*path, rows)
	}
}
