/* Both names are the same header, whichever comes first. */
#include <libthreading/threading.h>
#include <threading.h>

bool second_name(threading_lock lock);

bool second_name(threading_lock lock) { return threading_lock_locked(lock); }
