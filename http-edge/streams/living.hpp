// The readers' rule for all partitions at once, from where a position says, or from where the log is asked.
#pragma once

#include "events/readers_rule.hpp"
#include "events/record.hpp"
#include "http-edge/streams/position.hpp"

#include <optional>
#include <vector>

namespace jangteo::edge::streams {

class Living {
public:
    explicit Living(std::size_t slots) : rules_(slots), believed_(slots, false) {}

    /// The first record that comes of this slot stands, whatever it is: a position was written behind it.
    void believe_first(std::size_t slot) { believed_[slot] = true; }
    void begin(std::size_t slot, const events::ReadersRule& rule) { rules_[slot] = rule; }

    enum class Verdict { event, marker, skip };
    /// Of each record in its partition's order.
    Verdict see(std::size_t slot, const events::Envelope& says)
    {
        if (believed_[slot]) {
            believed_[slot] = false;
            if (says.type != events::taken_over_type) {
                rules_[slot] = events::ReadersRule(says.writer, says.command_offset, says.sequence);
            } else {
                rules_[slot].see(says);
            }
            return Verdict::skip;
        }
        switch (rules_[slot].see(says)) {
            case events::ReadersRule::Verdict::marker: return Verdict::marker;
            case events::ReadersRule::Verdict::accepted: return Verdict::event;
            case events::ReadersRule::Verdict::dead: return Verdict::skip;
        }
        return Verdict::skip;
    }

private:
    std::vector<events::ReadersRule> rules_;
    std::vector<bool> believed_;
};

}  // namespace jangteo::edge::streams
