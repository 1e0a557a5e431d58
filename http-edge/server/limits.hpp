// How much the edge takes on, and for how long it waits. The defaults are for the open internet; a benchmark that sends
// from one address raises `connections_per_address`.
#pragma once

#include <chrono>
#include <cstddef>

namespace jangteo::edge {

struct Limits {
    std::size_t connections = 4'096;
    std::size_t connections_per_address = 64;  ///< IPv6: per /64.
    std::size_t requests_per_connection = 1'000;
    std::size_t header_bytes = 8'192;
    std::size_t body_bytes = 65'536;

    // A phase as a whole, however many bytes drip in meanwhile.
    std::chrono::milliseconds header_timeout{5'000};
    std::chrono::milliseconds body_timeout{10'000};
    std::chrono::milliseconds idle_timeout{30'000};
    std::chrono::milliseconds write_timeout{10'000};
    /// How long a refused caller may go on sending before the connection is torn down, so that it sees the refusal.
    std::chrono::milliseconds linger_timeout{2'000};
    std::size_t linger_bytes = 1'048'576;

    /// Being answered at one time; above, 503 at once (Little: 10,000 a second × 200 ms).
    std::size_t commands_in_flight = 2'048;
    std::size_t queries_in_flight = 512;

    /// Open at one time; the rest of the connections is for everybody else.
    std::size_t streams = 2'048;
    /// Streams that read their past from the log by themselves, at one time: each costs a reader and its buffers.
    std::size_t streams_catching_up = 4;
    /// Events that are kept for streams: who falls further behind is cut off.
    std::size_t stream_ring = 32'768;

    std::chrono::milliseconds usual_wait{5'000};  ///< For a command's outcome, without `Prefer: wait`.
    std::chrono::milliseconds longest_wait{30'000};
    std::chrono::milliseconds position_wait{2'000};  ///< For a read model to reach what its reader has written.
    std::chrono::milliseconds drain_timeout{10'000};
};

}  // namespace jangteo::edge
