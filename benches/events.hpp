// The events that are compared. POSIX has none: a program writes one with a mutex and a condition,
// as Python does. Those of nsync and abseil can be set once and never cleared.
#ifndef EVENTS_HPP
#define EVENTS_HPP

#include <pthread.h>
#include <threading.h>

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

struct our_event {
    static constexpr const char *who = "libthreading";
    threading_event event;
    our_event() { must(threading_event_new(&event), "threading_event_new"); }
    bool is_set() { return threading_event_is_set(event); }
    void set() { threading_event_set(event); }
    void clear() { threading_event_clear(event); }
    void wait() { threading_event_wait(event); }
};

struct pthread_event {
    static constexpr const char *who = "pthread";
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
    bool value = false;
    bool is_set() {
        pthread_mutex_lock(&mutex);
        bool found = value;
        pthread_mutex_unlock(&mutex);
        return found;
    }
    void set() {
        pthread_mutex_lock(&mutex);
        value = true;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    void clear() {
        pthread_mutex_lock(&mutex);
        value = false;
        pthread_mutex_unlock(&mutex);
    }
    void wait() {
        pthread_mutex_lock(&mutex);
        while (!value)
            pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
    }
};

#ifdef BENCH_HAS_NSYNC
struct nsync_event {
    static constexpr const char *who = "nsync";
    nsync::nsync_note note = nsync::nsync_note_new(nullptr, nsync::nsync_time_no_deadline);
    bool is_set() { return nsync::nsync_note_is_notified(note) != 0; }
    void set() { nsync::nsync_note_notify(note); }
    void wait() { nsync::nsync_note_wait(note, nsync::nsync_time_no_deadline); }
};
#endif

#ifdef BENCH_HAS_ABSEIL
struct abseil_event {
    static constexpr const char *who = "abseil";
    absl::Notification notification;
    bool is_set() { return notification.HasBeenNotified(); }
    void set() { notification.Notify(); }
    void wait() { notification.WaitForNotification(); }
};
#endif

// Those that can be set again and again.
using clearable_events = types<our_event, pthread_event>;

using all_events = types<our_event, pthread_event
#ifdef BENCH_HAS_NSYNC
                         ,
                         nsync_event
#endif
#ifdef BENCH_HAS_ABSEIL
                         ,
                         abseil_event
#endif
                         >;

} // namespace bench

#endif
