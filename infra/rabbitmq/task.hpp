// What is to be done outside: one message in a queue of tasks.
#pragma once

#include "events/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace jangteo::rabbitmq {

/// Delivered at least once: whoever acts on it drops repeats by `id`.
struct Task {
    events::Uuid id{};   ///< Stays the same through every retry.
    std::string type{};  ///< At most 255 bytes, as `traceparent` and `settles`.
    std::string body{};  ///< JSON.
    events::Uuid correlation_id{};
    std::string traceparent{};
    std::string settles{};     ///< Whose question is settled by what comes of it: an events::ReturnAddress as text.
    std::int32_t attempt = 0;  ///< How often it has been put off before.
    /// Somebody began with it and does not know whether it was done, though that may have been some attempts ago.
    bool in_doubt = false;

    friend bool operator==(const Task&, const Task&) = default;
};

inline constexpr std::size_t largest_body = 1'048'576;
inline constexpr std::size_t longest_reason = 1'000;  ///< Of a quarantine, in bytes.

}  // namespace jangteo::rabbitmq
