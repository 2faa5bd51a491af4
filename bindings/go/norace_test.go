//go:build !race

package threading

const raceDetector = false
