package threading

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"
)

// tellers begins two threads, each of which holds what the other wants, and returns them when they
// wait for each other.
func tellers(t *testing.T, accounts, ledger interface{ Acquire() error }) (one, two *Thread) {
	t.Helper()
	both := Must(NewBarrier(2, nil))
	serve := func(mine, yours interface{ Acquire() error }) func() {
		return func() {
			_ = mine.Acquire()
			_, _ = both.Wait()
			_ = yours.Acquire()
		}
	}
	// Daemons, for which no end of a process waits.
	one = Must(SpawnDaemon("teller-1", serve(accounts, ledger)))
	two = Must(SpawnDaemon("teller-2", serve(ledger, accounts)))
	until(t, "a deadlock", func() bool {
		waits, _ := FindDeadlock()
		return len(waits) > 0
	})
	return one, two
}

// lockedTellers is tellers with Locks, and release ends what they wait for.
func lockedTellers(t *testing.T) (accounts, ledger *Lock, one, two *Thread, release func()) {
	t.Helper()
	accounts, ledger = Named(new(Lock), "accounts"), Named(new(Lock), "ledger")
	one, two = tellers(t, accounts, ledger)
	return accounts, ledger, one, two, func() {
		accounts.Unlock()
		want(t, "Finish", two.Finish(), nil)
		ledger.Unlock()
		want(t, "Finish", one.Finish(), nil)
	}
}

func TestTwoTellersWhoWaitForEachOtherAreFound(t *testing.T) {
	accounts, ledger, one, two, release := lockedTellers(t)
	waits, certainty := FindDeadlock()
	if len(waits) != 2 || certainty != CertaintyProbable {
		t.Fatalf("%v, %v", waits, certainty)
	}
	if waits[0].Thread != one {
		slices.Reverse(waits)
	}
	for i, expected := range []struct {
		thread, holder *Thread
		object         *Lock
		name           string
	}{{one, two, ledger, "ledger"}, {two, one, accounts, "accounts"}} {
		wait := waits[i]
		if wait.Thread != expected.thread || wait.Ident != expected.thread.Ident() ||
			wait.NativeID != expected.thread.NativeID() ||
			wait.Object != expected.object.object.bits.Load() || wait.Name() != expected.name ||
			wait.Holder != expected.holder.Ident() || wait.Kind != KindLock ||
			wait.Waited < 0 || wait.Remaining != Infinite {
			t.Errorf("%+v, %q", wait, wait.Name())
		}
	}
	release()
	if waits, certainty := FindDeadlock(); waits != nil || certainty != CertaintyNone {
		t.Errorf("after the end: %v, %v", waits, certainty)
	}
}

// Nothing ends this one, so it has a process of its own.
func TestADeadlockOfRLocksIsCertain(t *testing.T) {
	output, status, parent := child(t, func() {
		tellers(t, Named(new(RLock), "accounts"), Named(new(RLock), "ledger"))
		waits, certainty := FindDeadlock()
		fmt.Println(len(waits), certainty, waits[0].Kind, waits[0].Name())
		few, _ := findDeadlock(1)
		fmt.Println(len(few))
	})
	if parent && (status != 0 || output != "2 certain rlock ledger\n2\n") {
		t.Errorf("%d: %s", status, output)
	}
}

func TestWaitsListsWhoWaitsAndWhatFor(t *testing.T) {
	stop := Named(new(Event), "stop")
	var threads []*Thread
	for range 5 {
		threads = append(threads, Must(Spawn("", func() { _ = stop.Wait() })))
	}
	mine := func() (found []Wait) {
		for _, wait := range waits(1) {
			if wait.Object == stop.object.bits.Load() {
				found = append(found, wait)
			}
		}
		return found
	}
	until(t, "all wait", func() bool { return len(mine()) == len(threads) })
	for _, wait := range mine() {
		if !slices.Contains(threads, wait.Thread) || wait.Kind != KindEvent || wait.Holder != 0 ||
			wait.Name() != "stop" {
			t.Errorf("%+v", wait)
		}
	}
	if all := len(Waits()); all < len(threads) {
		t.Errorf("Waits lists %d", all)
	}
	want(t, "Set", stop.Set(), nil)
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
}

func TestWaitingForTellsWhatOneThreadWaitsFor(t *testing.T) {
	slots := Named(Must(NewSemaphore(0)), "slots")
	thread := Must(NewThread("", func() { _ = slots.AcquireTimeout(time.Hour) }))
	runs := func() bool {
		_, ok := thread.WaitingFor()
		return !ok
	}
	if !runs() {
		t.Error("it waits before its start")
	}
	want(t, "Start", thread.Start(), nil)
	until(t, "it waits", func() bool { return !runs() })
	wait, ok := thread.WaitingFor()
	if !ok || wait.Kind != KindSemaphore || wait.Name() != "slots" ||
		wait.Remaining <= time.Minute || wait.Remaining > time.Hour {
		t.Errorf("%+v, %v", wait, ok)
	}
	want(t, "Release", slots.Release(), nil)
	want(t, "Join", thread.Join(), nil)
	if !runs() {
		t.Error("it waits after its end")
	}
	want(t, "Close", thread.Close(), nil)
	if !runs() || wait.Thread != thread {
		t.Error("a closed thread waits")
	}
	if _, ok := new(Thread).WaitingFor(); ok {
		t.Error("no thread waits")
	}
}

func TestAWaitForAThreadHasItsName(t *testing.T) {
	var stop Event
	worker := Must(Spawn("worker", func() { _ = stop.Wait() }))
	joiner := Must(Spawn("joiner", func() { _ = worker.Join() }))
	until(t, "the joiner waits", func() bool {
		wait, ok := joiner.WaitingFor()
		return ok && wait.Kind == KindThread && wait.Name() == "worker" &&
			wait.Holder == worker.Ident()
	})
	want(t, "Set", stop.Set(), nil)
	want(t, "Finish", joiner.Finish(), nil)
	want(t, "Finish", worker.Finish(), nil)
}

func TestADumpSaysWhoWaitsForWhom(t *testing.T) {
	_, _, one, _, release := lockedTellers(t)
	defer release()
	var text, data bytes.Buffer
	want(t, "Dump", Dump(&text), nil)
	pattern := regexp.MustCompile(`"teller-1" has waited [0-9.]+ s for lock "ledger" ` +
		`\(0x[0-9a-f]+\), held by "teller-2"`)
	if !strings.Contains(text.String(), "DEADLOCK (probable) of 2 threads") ||
		!pattern.MatchString(text.String()) {
		t.Errorf("%s", text.String())
	}
	want(t, "DumpJSON", DumpJSON(&data), nil)
	var found struct {
		Threading int
		Threads   []struct {
			Name, Ident string
			Wait        *struct{ Kind, Name, Holder string }
		}
		Deadlocks []struct {
			Certainty string
			Threads   []string
		}
	}
	if err := json.Unmarshal(data.Bytes(), &found); err != nil {
		t.Fatalf("%v: %s", err, data.String())
	}
	ident := fmt.Sprintf("0x%016x", one.Ident())
	if found.Threading != 1 || len(found.Deadlocks) != 1 ||
		found.Deadlocks[0].Certainty != "probable" ||
		!slices.Contains(found.Deadlocks[0].Threads, ident) {
		t.Errorf("%s", data.String())
	}
	for _, thread := range found.Threads {
		if thread.Ident == ident && (thread.Name != "teller-1" || thread.Wait == nil ||
			thread.Wait.Name != "ledger" || thread.Wait.Kind != KindLock.String()) {
			t.Errorf("%+v", thread)
		}
	}
}

// onceIn is a Writer that fails, and counts its calls.
type onceIn struct{ calls int }

var errFull = errors.New("full")

func (o *onceIn) Write([]byte) (int, error) {
	o.calls++
	return 0, errFull
}

func TestADumpFailsAsItsWriterDoes(t *testing.T) {
	var full onceIn
	want(t, "Dump", Dump(&full), errFull)
	want(t, "DumpJSON", DumpJSON(&full), errFull)
	if full.calls != 2 {
		t.Errorf("%d calls of Write", full.calls)
	}
}

func TestADumpIsRefusedWhileAnotherIsCollected(t *testing.T) {
	reader, writer, err := os.Pipe()
	want(t, "Pipe", err, nil)
	done := make(chan error)
	go func() {
		var err error
		for err == nil || err == ErrBusy { // until the pipe is full, and nobody reads it
			err = dumpTo(writer.Fd())
		}
		done <- err
	}()
	until(t, "a dump is refused", func() bool { return Dump(io.Discard) == ErrBusy })
	until(t, "one for programs too", func() bool { return DumpJSON(io.Discard) == ErrBusy })
	reader.Close()
	want(t, "the dump into a broken pipe", <-done, ErrInvalidArgument)
	want(t, "Dump", Dump(io.Discard), nil)
	writer.Close()
}

func TestManyDumpsAtOnceAreWholeOrRefused(t *testing.T) {
	var threads []*Thread
	for range 4 {
		threads = append(threads, Must(Spawn("", func() {
			for range 50 {
				var data bytes.Buffer
				switch err := DumpJSON(&data); {
				case err == nil && !json.Valid(data.Bytes()):
					t.Errorf("not JSON: %s", data.String())
				case err != nil && err != ErrBusy:
					t.Errorf("%v", err)
				}
				runtime.Gosched()
			}
		})))
	}
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
}

func TestAProfileHasTheNameOfTheThread(t *testing.T) {
	var stop Event
	thread := Must(Spawn("labelled-teller", func() { _ = stop.Wait() }))
	timer := Must(NewTimer(0, func() { _ = stop.Wait() }))
	want(t, "SetName", timer.Thread().SetName("labelled-timer"), nil)
	want(t, "Start", timer.Start(), nil)
	until(t, "both are in the profile", func() bool {
		var profile bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
		return strings.Contains(profile.String(), `"thread":"labelled-teller"`) &&
			strings.Contains(profile.String(), `"thread":"labelled-timer"`)
	})
	want(t, "Set", stop.Set(), nil)
	want(t, "Finish", thread.Finish(), nil)
	want(t, "Join", timer.Thread().Join(), nil)
}
