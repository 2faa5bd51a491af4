package threading

import (
	"runtime"
	"testing"
	"time"

	"github.com/libthreading/libthreading/bindings/go/internal/barecall"
)

// What one goroutine pays when nobody else is there. BenchmarkLock is to be held against
// BenchmarkTwoBareCgoCalls, which is the least that calling C twice costs.

func BenchmarkLock(b *testing.B) {
	lock := Must(NewLock())
	defer lock.Close()
	for b.Loop() {
		lock.Lock()
		lock.Unlock()
	}
}

func BenchmarkTwoBareCgoCalls(b *testing.B) {
	for b.Loop() {
		barecall.Call()
		barecall.Call()
	}
}

// BenchmarkLockRatio measures both in turns, so that a busy machine slows both, and prints the
// median of their ratios.
func BenchmarkLockRatio(b *testing.B) {
	const pairs = 20_000
	lock := Must(NewLock())
	defer lock.Close()
	var ratios []float64
	for b.Loop() {
		begin := time.Now()
		for range pairs {
			barecall.Call()
			barecall.Call()
		}
		between := time.Now()
		for range pairs {
			lock.Lock()
			lock.Unlock()
		}
		ratios = append(ratios, float64(time.Since(between))/float64(between.Sub(begin)))
	}
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkRLock(b *testing.B) {
	rlock := Must(NewRLock())
	defer rlock.Close()
	for b.Loop() {
		rlock.Lock()
		rlock.Unlock()
	}
}

func BenchmarkSemaphore(b *testing.B) {
	semaphore := Must(NewSemaphore(1))
	defer semaphore.Close()
	for b.Loop() {
		_ = semaphore.Acquire()
		_ = semaphore.Release()
	}
}

func BenchmarkEventIsSet(b *testing.B) {
	event := Must(NewEvent())
	defer event.Close()
	for b.Loop() {
		event.IsSet()
	}
}

func BenchmarkLocalGet(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	local := Must(NewLocal(func() int { return 1 }, nil))
	defer local.Close()
	for b.Loop() {
		local.Get()
	}
}

func BenchmarkSpawnAndFinish(b *testing.B) {
	for b.Loop() {
		_ = Must(Spawn("", func() {})).Finish()
	}
}
