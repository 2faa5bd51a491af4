// threading.hpp - Python's threading module for C++17: all of the binding. Each object has a header
// of its own beside it.
#ifndef THREADING_HPP
#define THREADING_HPP

#include <threading/barrier.hpp>
#include <threading/condition.hpp>
#include <threading/contention.hpp>
#include <threading/current.hpp>
#include <threading/duration.hpp>
#include <threading/event.hpp>
#include <threading/executor.hpp>
#include <threading/hooks.hpp>
#include <threading/inspect.hpp>
#include <threading/latch.hpp>
#include <threading/local.hpp>
#include <threading/lock.hpp>
#include <threading/lock_guard.hpp>
#include <threading/once.hpp>
#include <threading/periodic_timer.hpp>
#include <threading/queue.hpp>
#include <threading/recording.hpp>
#include <threading/rlock.hpp>
#include <threading/rw_lock.hpp>
#include <threading/semaphore.hpp>
#include <threading/shutdown.hpp>
#include <threading/status.hpp>
#include <threading/stop.hpp>
#include <threading/thread.hpp>
#include <threading/thread_of.hpp>
#include <threading/thread_reference.hpp>
#include <threading/timeline.hpp>
#include <threading/timer.hpp>
#include <threading/watch.hpp>

#endif
