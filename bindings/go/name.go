package threading

// #include "callbacks.h"
import "C"

import (
	"strings"
	"unsafe"
)

// Named gives object that name, which tells people what it is for, and returns object. It panics
// with the error if SetName fails. It is for objects that have their names from the beginning:
//
//	var accounts = threading.Named(new(threading.Lock), "accounts")
func Named[T interface{ SetName(name string) error }](object T, name string) T {
	if err := object.SetName(name); err != nil {
		panic(err)
	}
	return object
}

// nameOf copies a name for C.
func nameOf(name string) (*C.char, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return nil, ErrInvalidArgument // C would see its beginning
	}
	return C.CString(name), nil
}

// A nameGetter copies the name of an object, or as much of it as fits.
type nameGetter func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status

// setName lets set give an object a name.
func setName(name string, set func(*C.char) C.threading_status) error {
	nameC, err := nameOf(name)
	if err != nil {
		return err
	}
	defer free(nameC)
	return check(set(nameC))
}

// getName returns what get copies, however long that is; "" if it fails.
func getName(get nameGetter) string {
	buffer := make([]byte, 64)
	for {
		var length C.size_t
		status := get((*C.char)(unsafe.Pointer(&buffer[0])), C.size_t(len(buffer)), &length)
		if status != C.THREADING_OK {
			return ""
		}
		if int(length) < len(buffer) {
			return string(buffer[:length])
		}
		buffer = make([]byte, int(length)+1)
	}
}
