package threading

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// timelineOf reads the timeline, and returns the names of its marks.
func timelineOf(t *testing.T) []string {
	t.Helper()
	var text bytes.Buffer
	want(t, "TimelineJSON", TimelineJSON(&text), nil)
	var timeline struct {
		TraceEvents []struct{ Cat, Name string }
	}
	want(t, "Unmarshal", json.Unmarshal(text.Bytes(), &timeline), nil)
	var marks []string
	for _, event := range timeline.TraceEvents {
		if event.Cat == "mark" {
			marks = append(marks, event.Name)
		}
	}
	return marks
}

func TestTheTimelineHasMarksWhileItIsOn(t *testing.T) {
	if os.Getenv("THREADING_INSPECT") != "timeline" {
		// Once more, in a process that records.
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "THREADING_INSPECT=timeline")
		if said, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, said)
		}
		want(t, "Mark", Mark("nowhere"), nil)
		if marks := timelineOf(t); len(marks) != 0 {
			t.Errorf("%q", marks)
		}
		return
	}
	want(t, "Mark", Mark(`the first "mark"`), nil)
	want(t, "Mark", Mark("\xff"), ErrInvalidArgument)
	if marks := timelineOf(t); len(marks) != 1 || marks[0] != `the first "mark"` {
		t.Errorf("%q", marks)
	}
}

func TestTheReportIsOnePageWithTheDumpInIt(t *testing.T) {
	accounts := Named(new(Lock), "accounts")
	accounts.Lock()
	defer accounts.Unlock()
	var page strings.Builder
	want(t, "ReportHTML", ReportHTML(&page), nil)
	for _, part := range []string{"<!doctype html>", `"kind":"lock"`, `"name":"accounts"`} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("no %s", part)
		}
	}
}
