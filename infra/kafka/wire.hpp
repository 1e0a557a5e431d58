// The envelope as Kafka headers: a CloudEvent in Kafka's binary mode. What is empty is not written, and what cannot be
// read stays empty: anybody may append to a topic, and a reader must never fall over it.
#pragma once

#include "events/record.hpp"

#include <cstddef>
#include <string_view>

namespace jangteo::kafka {

/// Takes one header; called by `write_headers` for each field that is not empty.
class HeaderSink {
public:
    virtual void add(std::string_view name, std::string_view value) = 0;

protected:
    ~HeaderSink() = default;
};

void write_headers(const events::Envelope& envelope, HeaderSink& sink);
/// Reads one header into the envelope. A name or value that is not ours is ignored.
void read_header(std::string_view name, std::string_view value, events::Envelope& envelope);

/// More headers than `write_headers` ever writes.
inline constexpr std::size_t most_headers = 24;

}  // namespace jangteo::kafka
