package threading

import (
	"runtime"
	"sync/atomic"
)

// An object is the handle of a C object, 0 before there is one. It stays when the C object has been
// destroyed: then the library answers THREADING_DESTROYED.
type object struct {
	bits  atomic.Uint64
	guard atomic.Pointer[guard]
}

// A guard is the safety net of one object: it destroys what nobody refers to any more.
type guard struct {
	closed  atomic.Bool
	destroy func()
}

// protect gives an object its guard, once. destroy must not refer to the owner, or it will never be
// called. It has to keep alive what the C object needs.
func protect[T any](owner *T, o *object, destroy func()) {
	g := &guard{destroy: destroy}
	if o.guard.CompareAndSwap(nil, g) {
		runtime.AddCleanup(owner, clean, g)
	}
}

func clean(g *guard) {
	if g.closed.CompareAndSwap(false, true) {
		g.destroy()
	}
}

// closed passes on what came of destroying an object; if that succeeded there is nothing left for
// the guard.
func (o *object) closed(err error) error {
	if err == nil {
		if g := o.guard.Load(); g != nil {
			g.closed.Store(true)
		}
	}
	return err
}
