// Keeps an edge's revocations: what the read model of accounts has of the last hour, and from there on every event of
// identity by the readers' rule. An edge hears of a logout as soon as the log has it, some milliseconds after.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/revocations.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace jangteo::edge {

class RevocationWatch {
public:
    struct Parts {
        boost::asio::io_context& io;
        kafka::Settings kafka;
        postgres::Settings postgres;
        std::int32_t partitions;
        std::chrono::seconds remembered;
        Revocations& revocations;                                ///< Changed on the io thread.
        std::function<void(const events::UserId&)> on_erased{};  ///< On the io thread.
    };

    explicit RevocationWatch(Parts parts);
    RevocationWatch(const RevocationWatch&) = delete;
    RevocationWatch& operator=(const RevocationWatch&) = delete;
    ~RevocationWatch();

    /// What had happened when it began is known. Until then no session's token can be judged.
    [[nodiscard]] bool ready() const;
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
