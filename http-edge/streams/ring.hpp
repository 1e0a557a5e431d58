// The newest events of the whole log, shared by everybody who listens at this edge: a listener is a number in it.
#pragma once

#include "events/record.hpp"
#include "http-edge/streams/own_events.hpp"
#include "http-edge/streams/position.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::edge::streams {

/// An event by the readers' rule, and where it stands.
struct Entry {
    std::size_t slot = 0;
    events::Record record;
    /// As it goes out, by the form of the listener: written by the first who needs it, for all who stand in line.
    std::array<std::string, 3> rendered{};
    /// Whose it is (own_events.hpp), once somebody has wanted to know.
    bool owner_known = false;
    std::optional<Owner> owner{};

    [[nodiscard]] std::int64_t next_offset() const { return record.offset + 1; }
};

/// Used by one thread. Bounded: the oldest go, whoever has not seen them.
class Ring {
public:
    struct Bounds {
        std::size_t entries = 32'768;
        std::size_t bytes = std::size_t{64} << 20;  ///< Of the events as they came and, about, as they go out.
    };

    explicit Ring(Bounds bounds) : bounds_(bounds) {}

    /// Begins anew, empty, at a place of the log.
    void open(Position at);
    void push(Entry entry);
    /// A record that stands and is nobody's event (a marker): only the place moves on.
    void pass(std::size_t slot, std::int64_t next_offset) { head_[slot] = next_offset; }

    /// Numbers rise by one with each entry, for the life of the ring.
    [[nodiscard]] std::uint64_t first() const { return first_; }
    [[nodiscard]] std::uint64_t end() const { return first_ + entries_.size(); }
    /// `first() <= number < end()`
    [[nodiscard]] Entry& at(std::uint64_t number) { return entries_[number - first_]; }
    /// Where the log stood before the oldest entry, and where it stands after the newest.
    [[nodiscard]] const Position& before() const { return before_; }
    [[nodiscard]] const Position& head() const { return head_; }

private:
    static std::size_t bytes_of(const Entry& entry);

    const Bounds bounds_;
    std::deque<Entry> entries_;
    std::uint64_t first_ = 0;
    std::size_t bytes_ = 0;
    Position before_;
    Position head_;
};

/// One listener's place: next to come from the ring, and what it has been given already.
class Cursor {
public:
    /// Has been given everything up to `given` of the wanted slots, which is not before the ring's oldest entry.
    Cursor(const Ring& ring, Position given, const std::vector<bool>& wanted);
    /// Has been given everything that is in the ring.
    explicit Cursor(const Ring& ring) : next_(ring.end()), position_(ring.head()), is_ahead_(position_.size(), false) {}

    /// Entries that it needs are gone.
    [[nodiscard]] bool lost(const Ring& ring) const { return next_ < ring.first(); }
    [[nodiscard]] bool at_end(const Ring& ring) const { return next_ == ring.end(); }
    /// The next entry; null for one that it has been given before it came to the ring.
    Entry* take(Ring& ring);
    /// Nothing is left to take: markers and the like count as seen, too.
    void settle(const Ring& ring);

    /// After what was taken last.
    [[nodiscard]] const Position& position() const { return position_; }
    /// It has been given exactly what the ring says: a position that was written for another in line is its own.
    [[nodiscard]] bool in_line() const { return ahead_ == 0; }

private:
    std::uint64_t next_;
    Position position_;
    void set_ahead(std::size_t slot, bool ahead);

    std::vector<bool> is_ahead_;  ///< Slots of which it has been given more than the ring has told so far.
    std::size_t ahead_ = 0;       ///< How many.
};

/// Whether a listener who has been given `given` can go on from the ring.
bool reaches(const Ring& ring, const Position& given, const std::vector<bool>& wanted);

}  // namespace jangteo::edge::streams
