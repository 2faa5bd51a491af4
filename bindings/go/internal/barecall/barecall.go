// Package barecall has the cheapest call of C that there is, for benchmarks to compare with. It is
// a package because cgo is not allowed in test files.
package barecall

// static void barecall(void) {}
import "C"

// Call calls a C function that does nothing.
func Call() {
	C.barecall()
}
