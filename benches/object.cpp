// What it costs to make and destroy an object: time, and memory.
#include "objects.hpp"

#include "rows.hpp"

namespace bench {

namespace {

using kinds_of_lock = types<our_new_lock, pthread_new_lock, of_std<newed<std::mutex>>
#ifdef BENCH_HAS_GLIB
                            ,
                            glib_new_lock
#endif
#ifdef BENCH_HAS_NSYNC
                            ,
                            nsync_new_lock
#endif
#ifdef BENCH_HAS_ABSEIL
                            ,
                            of_abseil<newed<absl::Mutex>>
#endif
#ifdef BENCH_HAS_SDL2
                            ,
                            sdl_new_lock
#endif
#ifdef BENCH_HAS_BOOST
                            ,
                            of_boost<newed<boost::mutex>>
#endif
                            >;

using kinds_of_rlock = types<our_new_rlock, pthread_new_rlock, of_std<newed<std::recursive_mutex>>
#ifdef BENCH_HAS_GLIB
                             ,
                             glib_new_rlock
#endif
#ifdef BENCH_HAS_SDL2
                             ,
                             sdl_new_lock
#endif
#ifdef BENCH_HAS_BOOST
                             ,
                             of_boost<newed<boost::recursive_mutex>>
#endif
                             >;

using kinds_of_condition = types<our_new_condition, pthread_new_condition>;

using kinds_of_condition_with_lock =
    types<our_new_condition_with_lock, pthread_new_condition_with_lock,
          of_std<newed<std::condition_variable>>
#ifdef BENCH_HAS_GLIB
          ,
          glib_new_condition_with_lock
#endif
#ifdef BENCH_HAS_NSYNC
          ,
          nsync_new_condition_with_lock
#endif
#ifdef BENCH_HAS_ABSEIL
          ,
          of_abseil<newed<absl::CondVar>>
#endif
#ifdef BENCH_HAS_SDL2
          ,
          sdl_new_condition_with_lock
#endif
#ifdef BENCH_HAS_BOOST
          ,
          of_boost<newed<boost::condition_variable>>
#endif
          >;

using kinds_of_semaphore = types<our_new_semaphore, pthread_new_semaphore
#ifdef BENCH_HAS_SDL2
                                 ,
                                 sdl_new_semaphore
#endif
                                 >;

using kinds_of_event = types<our_new_event, pthread_new_event
#ifdef BENCH_HAS_NSYNC
                             ,
                             nsync_new_event
#endif
#ifdef BENCH_HAS_ABSEIL
                             ,
                             of_abseil<newed<absl::Notification>>
#endif
                             >;

using kinds_of_barrier = types<our_new_barrier, pthread_new_barrier
#ifdef BENCH_HAS_BOOST
                               ,
                               of_boost<newed<boost_barrier_of_two>>
#endif
                               >;

// Nobody else has a timer that is an object before it is started and belongs to no loop.
using kinds_of_timer = types<our_new_timer>;

using kinds_of_local = types<our_new_local, pthread_new_local>;

// Made in a batch before all of it is destroyed: with one, the same memory is used again and again.
template <class Object>
double batches(std::vector<Object> &objects, std::size_t repeats) {
    std::uint64_t start = now();
    for (std::size_t repeat = 0; repeat < repeats; repeat++) {
        for (Object &each : objects)
            each.make();
        for (Object &each : objects)
            each.destroy();
    }
    return static_cast<double>(now() - start);
}

template <class Object>
contender made_and_destroyed(std::size_t batch) {
    auto *objects = new std::vector<Object>(batch);
    return timed(Object::who, [objects, batch](std::size_t count) {
        std::size_t repeats = count / batch + 1;
        return batches(*objects, repeats) * static_cast<double>(count) /
               static_cast<double>(repeats * batch);
    });
}

template <class Kinds>
row make_row(const std::string &object, std::size_t batch) {
    row made = {"object",
                "make + destroy " + object,
                {{"batch", batch}},
                "ns",
                "malloc and free of the smallest block",
                {at_most(1.2, "pthread")},
                [batch] {
                    std::vector<contender> all;
                    auto add = [&](auto kind) {
                        all.push_back(made_and_destroyed<typename decltype(kind)::type>(batch));
                    };
                    for_each_type(Kinds{}, add);
                    add(identity<smallest_block>{});
                    return all;
                }};
    made.rounds = batch < 1000000 ? 0 : 5;
    made.in_quick = batch == 1;
    return made;
}

// ---- memory ----

constexpr std::size_t most_objects = 200000;

// Growth of what is resident: when so many are alive, and when so many are alive again after all
// were destroyed. The second must not be more than the first; "after" need not fall back, since a
// slot is kept for the next object: a stale handle must never name memory of something else.
template <class Object>
double bytes_each(std::size_t count, bool again) {
    std::vector<Object> objects(count);
    for (Object &each : objects)
        *reinterpret_cast<volatile char *>(&each) = 1;
    objects.front().make();
    objects.front().destroy();
    resident_bytes();
    double before = resident_bytes();
    for (int round = 0; round <= again; round++) {
        if (round > 0)
            for (Object &each : objects)
                each.destroy();
        for (Object &each : objects)
            each.make();
    }
    return (resident_bytes() - before) / static_cast<double>(count);
}

template <class Kinds>
row memory_row(const std::string &object, bool again, std::size_t count = most_objects) {
    row made = {"memory",
                "memory " + object,
                {{"alive", count}},
                "bytes",
                "the smallest block of malloc",
                {},
                [again, count] {
                    std::vector<contender> all;
                    auto add = [&](auto kind) {
                        using type = typename decltype(kind)::type;
                        all.push_back({type::who, [=]() -> sample {
                                           return {in_process(
                                               [=] { return bytes_each<type>(count, again); })};
                                       }});
                    };
                    for_each_type(Kinds{}, add);
                    add(identity<smallest_block>{});
                    return all;
                }};
    made.rounds = 1;
    made.in_quick = !again;
    return made;
}

template <class Kinds>
void add_rows(std::vector<row> *rows, const std::string &object, std::size_t most_batch = 1000) {
    for (std::size_t batch : {1, 1000, 1000000})
        if (batch <= most_batch)
            rows->push_back(make_row<Kinds>(object, batch));
}

} // namespace

std::vector<row> object_rows() {
    std::vector<row> rows;
    add_rows<kinds_of_lock>(&rows, "lock", 1000000);
    add_rows<kinds_of_rlock>(&rows, "rlock");
    add_rows<kinds_of_condition>(&rows, "condition");
    add_rows<kinds_of_condition_with_lock>(&rows, "condition with a lock");
    add_rows<kinds_of_semaphore>(&rows, "semaphore");
    add_rows<kinds_of_event>(&rows, "event");
    add_rows<kinds_of_barrier>(&rows, "barrier");
    add_rows<kinds_of_timer>(&rows, "timer");
    add_rows<kinds_of_local>(&rows, "local", 1);
    return rows;
}

std::vector<row> object_memory_rows() {
    return {
        memory_row<kinds_of_lock>("lock", false),
        memory_row<kinds_of_lock>("lock, made again", true),
        memory_row<kinds_of_rlock>("rlock", false),
        memory_row<kinds_of_condition>("condition", false),
        memory_row<kinds_of_condition_with_lock>("condition with a lock", false),
        memory_row<kinds_of_semaphore>("semaphore", false),
        memory_row<kinds_of_event>("event", false),
        memory_row<kinds_of_barrier>("barrier", false),
        memory_row<kinds_of_timer>("timer, not started", false),
        // The C library has 1024 keys and not one more.
        memory_row<kinds_of_local>("local", false, 900),
    };
}

} // namespace bench
