/* A program whose own threading.h, or another library's, is found first: ours has a second name. */
#include <threading.h>
#include <libthreading/threading.h>
#include <libthreading/threading.h>

stranger_mutex beside_stranger(threading_lock lock);

stranger_mutex beside_stranger(threading_lock lock) { return threading_lock_locked(lock); }
