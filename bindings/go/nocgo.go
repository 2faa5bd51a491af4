//go:build !cgo

package threading

// Without cgo the other files are left out, and this says so instead of the many names that are
// missing then.
var _ = set_CGO_ENABLED_to_1_and_install_a_C_compiler
