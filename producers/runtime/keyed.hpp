// The part of an aggregate's state that grows without bound: holds by order, spends by order. It behaves like a map;
// beneath, it remembers which entries changed, so that a snapshot writes those and not a million others.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace jangteo::producers {

template <class Key, class Value>
class Keyed {
public:
    using key_type = Key;
    using mapped_type = Value;

    [[nodiscard]] const Value* find(const Key& key) const
    {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] bool contains(const Key& key) const { return entries_.contains(key); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// Bytes on the heap. A table of few entries is mostly empty: this is not size times entry.
    [[nodiscard]] std::size_t heap_bytes() const
    {
        return entries_.bucket_count() * (sizeof(std::pair<Key, Value>) + 1) + changed_.capacity() * sizeof(Key);
    }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

    void put(const Key& key, Value value)
    {
        entries_.insert_or_assign(key, std::move(value));
        changed_.push_back(key);
    }
    void erase(const Key& key)
    {
        if (entries_.erase(key) != 0) changed_.push_back(key);
    }

    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }

    /// For the runtime: an entry as the snapshot has it, or that it is no more; neither counts as a change.
    void restore(const Key& key, Value value) { entries_.insert_or_assign(key, std::move(value)); }
    void restore_erased(const Key& key) { entries_.erase(key); }
    /// For the runtime: how many keys were put or erased since take_changed, each counted once.
    std::size_t drop_repeated_changes()
    {
        std::sort(changed_.begin(), changed_.end());
        changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
        return changed_.size();
    }
    /// For the runtime: the keys put or erased since the last call.
    std::vector<Key> take_changed() { return std::exchange(changed_, {}); }

    friend bool operator==(const Keyed& a, const Keyed& b) { return a.entries_ == b.entries_; }

private:
    boost::unordered_flat_map<Key, Value, std::hash<Key>> entries_;
    std::vector<Key> changed_;
};

}  // namespace jangteo::producers
