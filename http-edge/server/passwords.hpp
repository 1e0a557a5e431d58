// Passwords: bcrypt of cost 10 (SH-AUTH-05), by libxcrypt, on threads of its own. A hash takes some 60 ms of a core, so a
// crowd at the door must neither stop the edge nor take the threads of the queries: beyond a short queue they are sent away
// (COMMON_503).
#pragma once

#include "http-edge/server/workers.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jangteo::edge {

/// bcrypt looks at no more than that: what is longer is refused, so that nobody believes it counts.
inline constexpr std::size_t longest_password_bytes = 72;

/// `$2b$10$…` with a salt of the system's. Blocks.
std::string hash_of_password(const std::string& password);
/// False for a hash that is none. Blocks.
bool is_password(const std::string& password, const std::string& hash);

class Passwords {
public:
    Passwords(boost::asio::io_context& io, std::size_t threads, std::size_t longest_queue);

    /// These throw Problem COMMON_503 when too many wait already.
    Awaitable<std::string> hash(std::string password);
    /// An empty `hash` is that of nobody: it costs as much as another, so that nobody hears from the clock which addresses
    /// have an account.
    Awaitable<bool> verify(std::string password, std::string hash);

    /// How many have been computed.
    [[nodiscard]] std::uint64_t computed() const { return computed_; }
    [[nodiscard]] Workers::Load load() { return workers_.load(); }
    void stop() { workers_.stop(); }

private:
    const std::string nobodys_hash_;
    std::atomic<std::uint64_t> computed_ = 0;
    Workers workers_;  ///< Last: its threads count.
};

}  // namespace jangteo::edge
