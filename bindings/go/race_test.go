//go:build race

package threading

const raceDetector = true
