// Package threading is Python's threading module for Go: named threads that can be joined, daemon
// threads, enumerate, locks that time out, conditions, semaphores, events, barriers, timers and
// thread-locals. It calls the C library libthreading, finds it with pkg-config, and shares its
// objects' rules: misuse is answered with an error, never with undefined behaviour.
//
// Most Go programs want goroutines, channels and package sync instead, which cost less. This
// package is for programs that need threads as such: because a C library ties its state to them,
// because they should show by name in top and in a debugger, or because the program is a port of
// one that is built on threads.
//
// # Errors
//
// Every error is a [Status], one constant for each status of the C library, so err == [ErrTimeout]
// and errors.Is both work. A method that only asks returns its answer, and false, 0 or "" for an
// object that is closed or was never made; [SetErrorHook] hears of it. Methods without an error,
// such as [Lock.Lock], panic with the error, as [sync.Mutex] ends a program that unlocks what is
// not locked.
//
// # Lifetime
//
// An object is ended by its Close method; afterwards its methods answer [ErrDestroyed]. What is
// held or waited for answers [ErrBusy] and stays. An object that nobody refers to any more is
// closed some time later, if it can be; do not count on when. The zero values of [Lock], [RLock],
// [Condition] and [Event] are ready to use. Those of the other types answer [ErrInvalidHandle]. No
// object may be copied; go vet finds copies.
//
// # Goroutines and threads
//
// The library knows threads of the operating system, and a goroutine may go on in another one at
// any call. So:
//
//   - A [Thread] runs its func on a thread of its own, from beginning to end.
//   - [RLock] belongs to a thread. So does [Condition], unless it was made with a plain Lock. While
//     a goroutine holds one, it is tied to its thread, as with [runtime.LockOSThread]; the two
//     nest. It has to release it itself.
//   - [Lock] and [Semaphore] belong to nobody: any goroutine may release them. Only [Lock.Close]
//     asks whether the thread that took the lock has ended.
//   - [Local], [CurrentThread] and [GetIdent] are about the thread: use them in a Thread, or after
//     runtime.LockOSThread.
//   - A func that runs for long without any call, such as a loop that spins, can hold up the
//     garbage collector: in threads that C has made Go is not always able to interrupt one. Let it
//     call [runtime.Gosched] now and then.
//   - A call that waits occupies a thread of the operating system meanwhile. Go allows 10,000 of
//     them: [runtime/debug.SetMaxThreads].
//
// Threads that Go made itself are Dummies to the library, named Dummy-N, apart from the main
// thread. One appears when [CurrentThread] is called in it.
//
// # Waiting
//
// What can block has a twin whose name ends in Timeout and which takes a [time.Duration]: 0 or less
// polls, [Infinite] waits forever, and more than [TimeoutMax] is [ErrInvalidArgument]. A wait is
// never too short, and signals, those of Go's scheduler among them, neither end nor lengthen it.
//
// # Seeing who waits for whom
//
// [Dump] writes what every thread does, waits for and holds, and which threads wait for each other;
// [DumpJSON] does so for programs, and [Waits] and [FindDeadlock] return it. [Watch] looks for
// deadlocks from time to time, and [Contention] returns what was waited for longest. Objects are
// shown by the names that SetName or [Named] has given them. A profile of runtime/pprof has the
// name of the thread that a func of a Thread, Timer or Executor began in as the label "thread",
// also for the goroutines that the func starts.
//
// # Panics and Goexit
//
// A panic in a Thread's or Timer's func goes to the hook that [SetExcepthook] has set, with its
// value and stack, and ends that thread alone. Without a hook it ends the process with the panic's
// message, as in any goroutine. [runtime.Goexit] ends the thread as if the func had returned. The
// same holds for hooks, for funcs of [RegisterAtexit] and for what ends a Local's value. A panic in
// the action of a Barrier or in the func that makes a Local's value comes out of the call of Wait
// or Get that it ran in, and so does a Goexit. A panic in a func of an Executor is the error of its
// Future, a *[Panic]. A panic in the excepthook or in the error hook ends the process.
//
// Such a func must not leave more calls of runtime.LockOSThread or more levels of an RLock behind
// than it found, or Go ends the process ("OS thread locking must match"). In the func of a Thread,
// a Timer or an Executor it is allowed.
//
// # The end of the process
//
// Go ends the process when main returns, whatever other threads do, and does not tell C. So threads
// that are not daemons are not waited for, as goroutines are not, unless main ends with [Shutdown]
// or [ShutdownTimeout]. (Under the race detector Go ends it through C, which does wait.) Go
// programs do not fork, so the library's rules about fork do not matter here.
package threading
