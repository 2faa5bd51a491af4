package threading

import (
	"testing"
	"time"
)

func TestAnEventLetsEveryoneGoOnceItIsSet(t *testing.T) {
	var event Event
	var threads []*Thread
	for range 4 {
		threads = append(threads, Must(Spawn("", func() {
			want(t, "Wait", event.Wait(), nil)
			want(t, "WaitTimeout", event.WaitTimeout(long), nil)
		})))
	}
	if event.IsSet() {
		t.Error("it begins set")
	}
	want(t, "Set", event.Set(), nil)
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
	if !event.IsSet() {
		t.Error("it is not set")
	}
	want(t, "Close", event.Close(), nil)
}

func TestAClearEventLetsNobodyGo(t *testing.T) {
	event := Must(NewEvent())
	defer event.Close()
	want(t, "Set", event.Set(), nil)
	want(t, "Clear", event.Clear(), nil)
	if event.IsSet() {
		t.Error("it is set")
	}
	want(t, "WaitTimeout(0)", event.WaitTimeout(0), ErrTimeout)
	want(t, "WaitTimeout(-1)", event.WaitTimeout(-time.Second), ErrTimeout)
	want(t, "WaitTimeout over TimeoutMax", event.WaitTimeout(TimeoutMax+1), ErrInvalidArgument)
	notEarly(t, "WaitTimeout", short,
		func() { want(t, "WaitTimeout", event.WaitTimeout(short), ErrTimeout) })
}

func TestAClosedEventIsStale(t *testing.T) {
	for what, event := range map[string]*Event{"made": Must(NewEvent()), "zero": new(Event)} {
		want(t, what+" Close", event.Close(), nil)
		want(t, what+" Close", event.Close(), ErrDestroyed)
		want(t, what+" Set", event.Set(), ErrDestroyed)
		want(t, what+" Clear", event.Clear(), ErrDestroyed)
		want(t, what+" Wait", event.Wait(), ErrDestroyed)
		want(t, what+" WaitTimeout", event.WaitTimeout(long), ErrDestroyed)
		if event.IsSet() {
			t.Errorf("%s is set", what)
		}
	}
}
