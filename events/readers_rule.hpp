// The one rule by which every reader tells a living record from a dead one (design §2.4). A paused and resumed former
// owner may append what it likes: its records carry an old writer and nobody accepts them.
#pragma once

#include "events/record.hpp"
#include "events/seeded_bugs.hpp"

namespace jangteo::events {

/// State of one reader at one events partition. Feed it every record in offset order.
class ReadersRule {
public:
    enum class Verdict {
        marker,    ///< A take-over; the valid writer has changed.
        accepted,  ///< The one outcome of its command.
        dead,      ///< Skip it.
    };

    ReadersRule() = default;
    /// A reader that goes on from a checkpoint.
    ReadersRule(Uuid writer, std::int64_t command_offset, std::int64_t sequence)
        : writer_(writer), command_offset_(command_offset), sequence_(sequence)
    {}

    Verdict see(const Envelope& envelope)
    {
        if (envelope.type == taken_over_type) {
            writer_ = envelope.writer;
            sequence_ = 0;
            return Verdict::marker;
        }
        // Of a former owner.
        if (envelope.writer != writer_ && !seeded("marker ignored")) return Verdict::dead;
        // A second outcome of a command that a former owner had decided.
        if (envelope.command_offset <= command_offset_) return Verdict::dead;
        // An append before it was lost: what comes after was decided on a state that the log does not have, and the
        // owner has given up (docs/decisions/0003).
        if (envelope.sequence != sequence_ + 1 && !seeded("marker ignored")) return Verdict::dead;
        command_offset_ = envelope.command_offset;
        sequence_ = envelope.sequence;
        return Verdict::accepted;
    }

    // What a checkpoint keeps.
    [[nodiscard]] const Uuid& writer() const { return writer_; }
    [[nodiscard]] std::int64_t last_command_offset() const { return command_offset_; }
    [[nodiscard]] std::int64_t last_sequence() const { return sequence_; }

private:
    Uuid writer_{};
    std::int64_t command_offset_ = -1;
    std::int64_t sequence_ = 0;
};

}  // namespace jangteo::events
