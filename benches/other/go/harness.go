package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"
)

// A sample is what one round of one contender gave: the value of the row, and whatever else was
// counted meanwhile.
type sample struct {
	value float64
	extra map[string]float64
}

// A contender does the same work as the others of its row.
type contender struct {
	who   string
	round func() sample
}

type parameters map[string]int

func (p parameters) String() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, fmt.Sprintf("%s=%d", key, p[key]))
	}
	return strings.Join(parts, " ")
}

// A row is one line of the table. Its contenders are made when its turn comes, since making them
// may take memory and time.
type row struct {
	group, name string
	parameters  parameters
	unit        string
	pinned      bool // means something on one CPU too
	rounds      int
	contenders  func() []contender
}

type result struct {
	Who    string             `json:"who"`
	Median float64            `json:"median"`
	Low    float64            `json:"low"`
	High   float64            `json:"high"`
	Extra  map[string]float64 `json:"extra,omitempty"`
}

type measured struct {
	Group      string     `json:"group"`
	Row        string     `json:"row"`
	Parameters parameters `json:"parameters"`
	Unit       string     `json:"unit"`
	Better     string     `json:"better"`
	Results    []result   `json:"results"`
}

type report struct {
	Program  string            `json:"program"`
	Versions map[string]string `json:"versions"`
	Missing  []string          `json:"missing"`
	Rows     []measured        `json:"rows"`
}

// 1, or 2 for as many as there are: what rows are told apart by.
func cpus() int { return min(runtime.NumCPU(), 2) }

func quantile(values []float64, part float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	place := part * float64(len(sorted)-1)
	below := int(place)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}

// Every round begins with another contender, so that a machine that slows down slows all of them.
// One round before is not counted, unless there is only one, which is long.
func (r row) measure() measured {
	contenders := r.contenders()
	samples := make([][]sample, len(contenders))
	for _, c := range contenders {
		if r.rounds > 1 {
			c.round()
		}
	}
	for round := range r.rounds {
		for i := range contenders {
			at := (i + round) % len(contenders)
			samples[at] = append(samples[at], contenders[at].round())
		}
	}
	m := measured{r.group, r.name, r.parameters, r.unit, "lower", nil}
	for i, c := range contenders {
		m.Results = append(m.Results, summary(c.who, samples[i]))
	}
	return m
}

// The longest wait is that of all rounds; all else is the median of the rounds.
func summary(who string, samples []sample) result {
	var values []float64
	extra := map[string][]float64{}
	for _, s := range samples {
		values = append(values, s.value)
		for key, value := range s.extra {
			extra[key] = append(extra[key], value)
		}
	}
	r := result{who, quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75),
		map[string]float64{}}
	for key, found := range extra {
		part := 0.5
		if strings.HasPrefix(key, "longest") {
			part = 1
		}
		r.Extra[key] = quantile(found, part)
	}
	return r
}

// Work does so many operations and tells how long they took.
type work func(operations int) time.Duration

// For work of one thread, which has nothing to get ready.
func alone(body func(operations int)) work {
	return func(operations int) time.Duration {
		begin := time.Now()
		body(operations)
		return time.Since(begin)
	}
}

// A contender whose round does so much that it fills so much time; its value is nanoseconds an
// operation. Caches and clock frequency are warm afterwards.
func loop(who string, long time.Duration, do work) contender {
	operations := 64
	taken := do(operations)
	for ; taken <= long/4; taken = do(operations) {
		operations *= 2
	}
	operations = 1 + int(float64(operations)*float64(long)/float64(taken))
	return contender{who,
		func() sample { return sample{value: float64(do(operations)) / float64(operations)} }}
}

var sink uint64

// Keeps a CPU busy and touches no memory: each turn waits for the multiplication of the one before.
//
//go:noinline
func busy(turns int) uint64 {
	x := uint64(turns)
	for ; turns > 0; turns-- {
		x = x*6364136223846793005 + 1
	}
	return x
}

// The quickest of several tries: whatever else happens can only make it slower.
func busyTurns(nanoseconds int) int {
	if nanoseconds == 0 {
		return 0
	}
	const turns = 200_000
	quickest := math.Inf(1)
	for range 20 {
		begin := time.Now()
		sink += busy(turns)
		quickest = min(quickest, float64(time.Since(begin)))
	}
	return int(math.Round(float64(nanoseconds) * turns / quickest))
}

type usage struct{ seconds, switches float64 }

func usageNow() usage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		fail("getrusage: %v", err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return usage{seconds(u.Utime) + seconds(u.Stime), float64(u.Nvcsw + u.Nivcsw)}
}

// Costs of an operation beyond its time, since the usage before.
func (before usage) extra(operations float64) map[string]float64 {
	now := usageNow()
	return map[string]float64{
		"cpu_seconds_per_million": (now.seconds - before.seconds) / operations * 1e6,
		"switches_per_op":         (now.switches - before.switches) / operations,
	}
}

func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	var size, resident float64
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &resident)
	}
	if err != nil {
		fail("/proc/self/statm: %v", err)
	}
	return resident * float64(os.Getpagesize())
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}

func write(path string, rows []measured) {
	text, err := json.MarshalIndent(report{
		Program:  "go_bench",
		Versions: map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")},
		Missing:  []string{},
		Rows:     rows,
	}, "", " ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		fail("%v", err)
	}
}
