package threading

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

func TestEveryStatusIsAnErrorWithItsOwnNameAndText(t *testing.T) {
	all := map[Status]string{
		ErrTimeout:         "THREADING_TIMEOUT",
		ErrNoValue:         "THREADING_NO_VALUE",
		ErrInterrupted:     "THREADING_INTERRUPTED",
		ErrClosed:          "THREADING_CLOSED",
		ErrInvalidHandle:   "THREADING_INVALID_HANDLE",
		ErrDestroyed:       "THREADING_DESTROYED",
		ErrInvalidArgument: "THREADING_INVALID_ARGUMENT",
		ErrNotAcquired:     "THREADING_NOT_ACQUIRED",
		ErrNotOwner:        "THREADING_NOT_OWNER",
		ErrBusy:            "THREADING_BUSY",
		ErrOverflow:        "THREADING_OVERFLOW",
		ErrBroken:          "THREADING_BROKEN",
		ErrAlreadyStarted:  "THREADING_ALREADY_STARTED",
		ErrNotStarted:      "THREADING_NOT_STARTED",
		ErrWouldDeadlock:   "THREADING_WOULD_DEADLOCK",
		ErrDummy:           "THREADING_DUMMY",
		ErrNoResources:     "THREADING_NO_RESOURCES",
		ErrShuttingDown:    "THREADING_SHUTTING_DOWN",
		ErrNotPermitted:    "THREADING_NOT_PERMITTED",
	}
	texts := map[string]bool{}
	for status, name := range all {
		if status.Name() != name {
			t.Errorf("%d is called %s, not %s", status, status.Name(), name)
		}
		texts[status.Error()] = true
		if !strings.HasPrefix(status.Error(), "threading: ") {
			t.Errorf("%s says %q", name, status.Error())
		}
	}
	if len(texts) != 19 {
		t.Errorf("19 statuses have %d texts", len(texts))
	}
	// The statuses that this package does not know yet would be next to those that it knows.
	for _, unknown := range []Status{ErrClosed + 1, ErrNotPermitted - 1} {
		if unknown.Name() != Status(math.MaxInt32).Name() {
			t.Errorf("the library has a status %s, and this package has no constant for it",
				unknown.Name())
		}
	}
}

func TestErrorsIsFindsAStatusInAWrappedError(t *testing.T) {
	err := fmt.Errorf("while opening: %w", new(Lock).Release())
	if !errors.Is(err, ErrNotAcquired) || errors.Is(err, ErrNotOwner) {
		t.Errorf("%v is not, or not only, ErrNotAcquired", err)
	}
	if !os.IsTimeout(ErrTimeout) || os.IsTimeout(ErrBroken) {
		t.Error("os.IsTimeout does not tell timeouts from other errors")
	}
}

func TestMustReturnsTheValueOrPanicsWithTheError(t *testing.T) {
	if Must(7, nil) != 7 {
		t.Error("the value is lost")
	}
	if value := panics(func() { Must(NewSemaphore(-1)) }); value != ErrInvalidArgument {
		t.Errorf("it panics with %v", value)
	}
}

func TestADurationIsNeverMadeShorter(t *testing.T) {
	for _, d := range []time.Duration{
		1, 3, 999_999_999, time.Second + 1, 1<<53 + 1, 1<<60 + 127, TimeoutMax - 1, TimeoutMax,
	} {
		s := float64(seconds(d))
		// What the library makes of it: nanoseconds, rounded up. Exact in this range: s*2^k has at
		// most 53 bits.
		whole, part := math.Modf(s)
		nanoseconds := int64(whole)*int64(time.Second) + int64(math.Ceil(part*1e9-1e-6))
		if nanoseconds < int64(d) {
			t.Errorf("%d ns became %v s, which is %d ns", int64(d), s, nanoseconds)
		}
		if d < 1<<53 && nanoseconds != int64(d) {
			t.Errorf("%d ns became %d ns", int64(d), nanoseconds)
		}
	}
	if !math.IsInf(float64(seconds(Infinite)), 1) || seconds(-1) >= 0 ||
		seconds(math.MinInt64) >= 0 {
		t.Error("infinite or negative durations are something else in C")
	}
}

func TestTheVersionIsThatOfTheLibrary(t *testing.T) {
	var major, minor, patch int
	if n, err := fmt.Sscanf(Version(), "%d.%d.%d", &major, &minor, &patch); n != 3 {
		t.Errorf("%q is no version: %v", Version(), err)
	}
}
