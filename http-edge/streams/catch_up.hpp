// One listener's own reader of the past, until it reaches what everybody shares. Bounded: it reads on only when what it
// has read was taken.
#pragma once

#include "http-edge/streams/living.hpp"
#include "http-edge/streams/ring.hpp"
#include "http-edge/streams/selection.hpp"
#include "infra/kafka/partition_reader.hpp"

#include <stdexcept>
#include <vector>

namespace jangteo::edge::streams {

/// The position is ours, but not of this log: it has ended before.
class NotInTheLog : public std::runtime_error {
public:
    NotInTheLog() : std::runtime_error("the position lies behind the end of the log") {}
};

/// Used by one thread at a time, never by the io thread: all of it waits for Kafka.
class CatchUp {
public:
    struct Batch {
        std::vector<Entry> entries;  ///< Every event of the wanted slots that stands, each partition's in order.
        Position position;           ///< After them.
    };

    /// Throws kafka::Error and NotInTheLog.
    CatchUp(const kafka::Settings& settings, const Layout& layout, Position from, const Slots& wanted);

    /// What comes next; nothing when nothing has come for a moment. Throws kafka::Error.
    Batch next();

private:
    const Layout& layout_;
    Position position_;
    Living living_;
    kafka::PartitionReader reader_;
};

}  // namespace jangteo::edge::streams
