package threading

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestOrdersThatCanHangAreToldOnce(t *testing.T) {
	accounts, ledger := Named(new(Lock), "accounts"), Named(new(Lock), "ledger")
	var heard [][]Order
	want(t, "SetOrderHook", SetOrderHook(func(pairs []Order) { heard = append(heard, pairs) }), nil)
	want(t, "Inspect", Inspect(RecordOrder|RecordHolds), nil)
	take := func(one, other *Lock) {
		one.Lock()
		other.Lock()
		other.Unlock()
		one.Unlock()
	}
	for range 2 {
		done, end := Must(NewEvent()), Must(NewEvent())
		first := Must(Spawn("", func() {
			take(accounts, ledger)
			_ = done.Set()
			_ = end.Wait()
		}))
		second := Must(Spawn("", func() {
			_ = done.Wait()
			take(ledger, accounts)
		}))
		want(t, "Finish", second.Finish(), nil)
		want(t, "Set", end.Set(), nil)
		want(t, "Finish", first.Finish(), nil)
	}
	want(t, "Inspect", Inspect(0), nil)
	want(t, "SetOrderHook", SetOrderHook(nil), nil)
	if len(heard) != 1 || len(heard[0]) != 2 || heard[0][0].HeldName() != "ledger" ||
		heard[0][0].WantedName() != "accounts" || heard[0][1].HeldKind != KindLock {
		t.Errorf("%+v", heard)
	}
	found := false
	for _, hold := range holds(1) {
		if hold.Name() == "accounts" {
			found = hold.Kind == KindLock && hold.Holds == 4 && hold.Longest <= hold.Total
		}
	}
	if !found {
		t.Errorf("%+v", Holds())
	}
	want(t, "Inspect", Inspect(1<<30), ErrInvalidArgument)
}

func TestOrdersOfLocksWithOneNameAreTold(t *testing.T) {
	one, other := Named(new(Lock), "account"), Named(new(Lock), "account")
	ledger, journal := Named(new(Lock), "ledger"), Named(new(Lock), "ledger")
	var heard []Order
	hook := func(pairs []Order) { heard = append(heard, pairs...) }
	want(t, "SetOrderHook", SetOrderHook(hook), nil)
	want(t, "Inspect", Inspect(RecordClasses), nil)
	done, end := Must(NewEvent()), Must(NewEvent())
	take := func(one, other *Lock) {
		one.Lock()
		other.Lock()
		other.Unlock()
		one.Unlock()
	}
	first := Must(Spawn("", func() {
		take(one, ledger)
		_ = done.Set()
		_ = end.Wait()
	}))
	second := Must(Spawn("", func() {
		_ = done.Wait()
		take(journal, other)
	}))
	want(t, "Finish", second.Finish(), nil)
	want(t, "Set", end.Set(), nil)
	want(t, "Finish", first.Finish(), nil)
	want(t, "Inspect", Inspect(0), nil)
	want(t, "SetOrderHook", SetOrderHook(nil), nil)
	if len(heard) != 2 {
		t.Errorf("%+v", heard)
	}
}

func TestTheLastWaitsAreInADump(t *testing.T) {
	never := Named(Must(NewEvent()), "never")
	want(t, "Inspect", Inspect(RecordWaits), nil)
	done := Must(Spawn("waits", func() {
		_ = never.WaitTimeout(time.Millisecond)
		var text bytes.Buffer
		want(t, "Dump", Dump(&text), nil)
		if !strings.Contains(text.String(), " s for event \"never\" (") {
			t.Error(text.String())
		}
	}))
	want(t, "Finish", done.Finish(), nil)
	want(t, "Inspect", Inspect(0), nil)
}
