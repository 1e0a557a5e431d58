// The last outcomes of one partition by command id: a repeat within the window is answered with the first outcome
// (design §2.6). The window holds a fixed number of outcomes, so every owner forgets the same ones.
#pragma once

#include "events/ids.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace jangteo::producers {

class OutcomeWindow {
public:
    /// Outcomes remembered per partition. Sagas resend from their watermark, which stays well within it.
    static constexpr std::size_t default_capacity = 262'144;

    struct Entry {
        std::int64_t offset = 0;        ///< Of the outcome, in the events partition.
        std::uint64_t fingerprint = 0;  ///< Of the request body; 0 when the sender gave none.
    };

    explicit OutcomeWindow(std::size_t capacity = default_capacity) : capacity_(capacity) {}

    [[nodiscard]] const Entry* find(const events::Uuid& command_id) const
    {
        const auto found = by_id_.find(command_id);
        return found == by_id_.end() ? nullptr : &found->second;
    }
    /// Offsets only rise; the oldest entry falls out when the window is full.
    void remember(const events::Uuid& command_id, Entry entry);
    void clear();

    /// The entries of [from, to) as bytes, for the snapshot.
    [[nodiscard]] std::string piece(std::int64_t from, std::int64_t to) const;
    /// Adds what `piece` wrote. Throws std::runtime_error for bytes of another form.
    void add_piece(std::string_view bytes);
    /// The offset of the oldest outcome remembered; pieces that end below it are of no more use.
    [[nodiscard]] std::int64_t oldest_offset() const { return order_.empty() ? 0 : order_.front().offset; }
    [[nodiscard]] std::size_t size() const { return order_.size(); }

private:
    struct Remembered {
        events::Uuid command_id;
        std::int64_t offset;
        std::uint64_t fingerprint;
    };

    std::size_t capacity_;
    std::deque<Remembered> order_;
    boost::unordered_flat_map<events::Uuid, Entry, std::hash<events::Uuid>> by_id_;
};

}  // namespace jangteo::producers
