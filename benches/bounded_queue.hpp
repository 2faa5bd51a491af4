// A bounded queue made of one lock and two conditions, as textbooks have it.
#ifndef BOUNDED_QUEUE_HPP
#define BOUNDED_QUEUE_HPP

#include <cstddef>
#include <vector>

namespace bench {

template <class Monitor, class Item>
class bounded_queue {
public:
    bounded_queue(Monitor *monitor, std::size_t slots) : monitor_(monitor), slots_(slots) {}

    void put(Item item) {
        monitor_->lock();
        while (used_ == slots_.size())
            monitor_->wait(not_full);
        slots_[(first_ + used_++) % slots_.size()] = item;
        monitor_->notify(not_empty);
        monitor_->unlock();
    }
    Item get() {
        monitor_->lock();
        while (used_ == 0)
            monitor_->wait(not_empty);
        Item item = slots_[first_];
        first_ = (first_ + 1) % slots_.size();
        used_--;
        monitor_->notify(not_full);
        monitor_->unlock();
        return item;
    }

private:
    enum { not_full, not_empty };

    Monitor *monitor_;
    std::vector<Item> slots_;
    std::size_t first_ = 0, used_ = 0;
};

} // namespace bench

#endif
