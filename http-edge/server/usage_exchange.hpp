// Edges tell each other what they have counted, through the topic `edge.usage`: one record of an edge in a tenth of a second
// in which it has counted anything. What it has of the last quarter of an hour is read at the start, so that an edge which
// begins anew knows who is blocked. Without Kafka each edge counts alone.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/usage.hpp"
#include "infra/kafka/settings.hpp"

#include <memory>
#include <string>

namespace jangteo::edge {

class UsageExchange {
public:
    /// `usage` is used on the io thread. Nobody else may be called `instance`.
    UsageExchange(boost::asio::io_context& io, kafka::Settings kafka, std::string instance, Usage& usage);
    UsageExchange(const UsageExchange&) = delete;
    UsageExchange& operator=(const UsageExchange&) = delete;
    ~UsageExchange();

    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
