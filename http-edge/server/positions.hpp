// Read your writes (design §4): a query waits, bounded, until the read model that it asks has reached what its caller
// has seen or named.
#pragma once

#include "events/record.hpp"
#include "http-edge/server/awaitable.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace jangteo::edge {

/// A read model by the name of its projection, and the contexts whose events it is made of.
struct ReadModel {
    std::string_view name;
    std::array<std::string_view, 10> contexts;

    [[nodiscard]] bool reads(std::string_view context) const
    {
        for (const auto one : contexts) {
            if (one == context) return true;
        }
        return false;
    }
};
inline constexpr ReadModel accounts_model{"accounts", {"identity"}};
inline constexpr ReadModel orders_model{"orders", {"orders"}};
inline constexpr ReadModel stock_model{"stock", {"inventory"}};
inline constexpr ReadModel points_model{"points", {"points"}};
inline constexpr ReadModel payments_model{"payments", {"payments"}};
inline constexpr ReadModel settlement_model{"settlement", {"settlement"}};
inline constexpr ReadModel shipping_model{"shipping", {"shipping"}};
inline constexpr ReadModel members_model{"members", {"members"}};
inline constexpr ReadModel inquiries_model{"inquiries", {"inquiries"}};
inline constexpr ReadModel claims_model{"claims", {"claims"}};
inline constexpr ReadModel commands_model{"commands",
                                          {"claims", "identity", "inquiries", "inventory", "members", "orders",
                                           "payments", "points", "settlement", "shipping"}};

/// How far each caller has been told that the log has come. Bounded: whoever has not called for longest is forgotten.
class CallerPositions {
public:
    explicit CallerPositions(std::size_t most) : most_(most) {}

    void saw(const events::UserId& caller, const events::Position& position);
    /// Empty for a caller who is not known.
    [[nodiscard]] const events::Position* find(const events::UserId& caller);

private:
    using Entries = std::list<std::pair<events::UserId, events::Position>>;
    std::size_t most_;
    Entries entries_;  ///< The latest first.
    std::unordered_map<events::UserId, Entries::iterator> by_caller_;
};

/// Where the live read models are: `next_offset` by projection, topic and partition.
using Checkpoints = std::map<std::pair<std::string, std::string>, std::map<std::int32_t, std::int64_t>, std::less<>>;

/// True when every offset of `wanted` that the model reads has been applied.
bool has_reached(const Checkpoints& checkpoints, const ReadModel& model, const events::Position& wanted);

/// Watches the checkpoints on a thread of its own, and only while somebody waits.
class PositionWatch {
public:
    PositionWatch(boost::asio::io_context& io, postgres::Settings settings, kafka::Log log);
    PositionWatch(const PositionWatch&) = delete;
    PositionWatch& operator=(const PositionWatch&) = delete;
    ~PositionWatch();

    /// On the io thread. False: not within `wait`.
    Awaitable<bool> reached(ReadModel model, events::Position wanted, std::chrono::milliseconds wait);
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
