// The one rule by which every reader tells a living record from a dead one (design §2.4). A paused and resumed former
// owner may append what it likes: its records carry an old writer and nobody accepts them.
#pragma once

#include "events/record.hpp"

namespace jangteo::events {

/// State of one reader at one events partition. Feed it every record in offset order.
class ReadersRule {
public:
    enum class Verdict {
        marker,    ///< A take-over; the valid writer has changed.
        accepted,  ///< The one outcome of its command.
        dead,      ///< Of a former writer, or of a command already decided: skip it.
    };

    ReadersRule() = default;
    ReadersRule(Uuid writer, std::int64_t last_command_offset)
        : writer_(writer), last_command_offset_(last_command_offset)
    {}

    Verdict see(const Envelope& envelope)
    {
        if (envelope.type == taken_over_type) {
            writer_ = envelope.writer;
            return Verdict::marker;
        }
        if (envelope.writer != writer_ || envelope.command_offset <= last_command_offset_) return Verdict::dead;
        last_command_offset_ = envelope.command_offset;
        return Verdict::accepted;
    }

    [[nodiscard]] const Uuid& writer() const { return writer_; }
    [[nodiscard]] std::int64_t last_command_offset() const { return last_command_offset_; }

private:
    Uuid writer_{};
    std::int64_t last_command_offset_ = -1;
};

}  // namespace jangteo::events
