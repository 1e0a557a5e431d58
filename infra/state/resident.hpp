// What a partition keeps in memory of what its snapshots hold: values by key, the least recently used first to go, and
// only what has been written may go. Shared by the producers' aggregates and the sagas' instances.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::state {

/// Memory for resident values, shared by the partitions of one runner. Bytes, estimated.
struct MemoryBudget {
    std::size_t limit = std::size_t{512} << 20;
    std::size_t used = 0;
};

/// By which it is known, in few bytes, whether a key has a snapshot. Two keys with one fingerprint cost a needless read.
inline std::uint64_t fingerprint_of(std::string_view key)
{
    return std::hash<std::string_view>{}(key);
}

template <class Value>
class Resident {
public:
    struct Slot : boost::intrusive::list_base_hook<> {
        std::string key;
        Value value;
        std::int64_t offset = -1;  ///< The last record of the log that the value contains.
        std::size_t weight = 0;
        bool dirty = false;
    };

    explicit Resident(MemoryBudget& memory) : memory_(memory) {}
    Resident(const Resident&) = delete;
    Resident& operator=(const Resident&) = delete;
    ~Resident() { clear(); }

    /// The value in memory, now the most recently used; nullptr when it is not there.
    Slot* find(const std::string& key)
    {
        const auto found = slots_.find(key);
        if (found == slots_.end()) return nullptr;
        Slot& slot = *found->second;
        by_use_.erase(by_use_.iterator_to(slot));
        by_use_.push_back(slot);
        return &slot;
    }
    [[nodiscard]] bool contains(const std::string& key) const { return slots_.contains(key); }

    Slot& insert(const std::string& key, Value value)
    {
        auto slot = std::make_unique<Slot>();
        slot->key = key;
        slot->value = std::move(value);
        Slot& in_place = *slot;
        by_use_.push_back(in_place);
        slots_.emplace(key, std::move(slot));
        weigh(in_place, 0);
        return in_place;
    }

    /// The value has taken in the record at `offset`.
    void changed(Slot& slot, std::int64_t offset)
    {
        slot.offset = offset;
        if (slot.dirty) return;
        slot.dirty = true;
        dirty_.push_back(slot.key);
    }
    void weigh(Slot& slot, std::size_t bytes)
    {
        memory_.used -= slot.weight;
        slot.weight = slot_overhead + 2 * slot.key.size() + bytes;
        memory_.used += slot.weight;
    }

    /// Shows each value changed since the last call, for the snapshot.
    template <class See>
    void take_changed(See see)
    {
        for (const auto& key : std::exchange(dirty_, {})) {
            const auto found = slots_.find(key);
            if (found == slots_.end()) continue;
            found->second->dirty = false;
            stored_.insert(fingerprint_of(key));
            see(*found->second);
        }
    }

    /// Forgets values, least recently used first, until the memory limit is kept; never one that the snapshots, which
    /// reach up to `written_below`, do not have. Returns how many went.
    std::size_t evict(std::int64_t written_below)
    {
        std::size_t gone = 0;
        for (auto slot = by_use_.begin(); slot != by_use_.end() && memory_.used > memory_.limit;) {
            Slot& candidate = *slot++;
            if (candidate.dirty || candidate.offset >= written_below) continue;
            by_use_.erase(by_use_.iterator_to(candidate));
            memory_.used -= candidate.weight;
            slots_.erase(slots_.find(candidate.key));
            ++gone;
        }
        return gone;
    }

    void clear()
    {
        by_use_.clear();
        for (const auto& [key, slot] : slots_) memory_.used -= slot->weight;
        slots_.clear();
        dirty_.clear();
        stored_.clear();
        stored_known_ = false;
    }

    // ---- What has a snapshot. Until that is known, anything may have one.
    void know_all_stored(const std::vector<std::uint64_t>& fingerprints)
    {
        stored_.insert(fingerprints.begin(), fingerprints.end());
        stored_known_ = true;
    }
    /// A snapshot of this one was seen. The list above may be older than it: a former owner may have written since.
    void know_stored(std::string_view key) { stored_.insert(fingerprint_of(key)); }
    [[nodiscard]] bool stored_known() const { return stored_known_; }
    [[nodiscard]] bool may_be_stored(std::string_view key) const
    {
        return !stored_known_ || stored_.contains(fingerprint_of(key));
    }
    /// The keys of `waiting` (at most `most`) that have to be loaded before their records can be handled.
    template <class Queue, class KeyOf>
    [[nodiscard]] std::vector<std::string> cold(const Queue& waiting, std::size_t most, KeyOf key_of) const
    {
        std::vector<std::string> keys;
        boost::unordered_flat_set<std::string_view> seen;
        for (const auto& record : waiting) {
            if (keys.size() == most) break;
            const std::string& key = key_of(record);
            if (slots_.contains(key) || !may_be_stored(key) || !seen.insert(key).second) continue;
            keys.push_back(key);
        }
        return keys;
    }

    [[nodiscard]] bool has_changes() const { return !dirty_.empty(); }
    [[nodiscard]] std::size_t size() const { return slots_.size(); }
    [[nodiscard]] bool over_limit() const { return memory_.used > memory_.limit; }

private:
    /// Beside what a value says of itself and two copies of its key: its slot, its place in the indexes, and what the
    /// allocator rounds up.
    static constexpr std::size_t slot_overhead = 230;

    MemoryBudget& memory_;
    boost::unordered_flat_map<std::string, std::unique_ptr<Slot>> slots_;
    boost::intrusive::list<Slot> by_use_;
    std::vector<std::string> dirty_;
    boost::unordered_flat_set<std::uint64_t> stored_;
    bool stored_known_ = false;
};

}  // namespace jangteo::state
