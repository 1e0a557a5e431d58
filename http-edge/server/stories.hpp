// Single records of the log, for the story of an order. A thread of its own: reading a record takes a round trip or two,
// and queries must not stand in line behind it.
#pragma once

#include "events/record.hpp"
#include "http-edge/server/workers.hpp"
#include "infra/kafka/record_fetcher.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace jangteo::edge {

class Stories {
public:
    Stories(boost::asio::io_context& io, kafka::Settings settings) : settings_(std::move(settings)), workers_(io, 1, 16)
    {}

    /// The records of `places`; empty where there is none any more. Throws kafka::Error when the log does not answer
    /// within `timeout`, and Problem COMMON_503 when too many wait already.
    Awaitable<std::vector<std::optional<events::Record>>> fetch(std::vector<kafka::RecordPlace> places,
                                                                std::chrono::milliseconds timeout)
    {
        auto work = [this, &places, timeout](std::size_t) {
            if (!fetcher_) fetcher_ = std::make_unique<kafka::RecordFetcher>(settings_);
            return fetcher_->fetch(places, timeout);
        };
        auto records = co_await workers_.run(work);
        co_return records;
    }
    void stop() { workers_.stop(); }

private:
    kafka::Settings settings_;
    std::unique_ptr<kafka::RecordFetcher> fetcher_;  ///< The worker's.
    Workers workers_;                                ///< Last: its thread uses the fetcher.
};

}  // namespace jangteo::edge
