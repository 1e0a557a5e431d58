// How much each caller has asked for in this minute, on all edges together (SH-RL-01…04). Every edge counts for itself and
// tells the others what it has counted (usage_exchange.hpp), so no request waits for anybody: what is let in beyond a limit
// is what the other edges let in during the tenth of a second in which they had not heard.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jangteo::edge {

/// Of what a caller may do in a minute. 0: without a limit.
struct RateLimits {
    std::int64_t anonymous = 0;  ///< Requests of one address that says nobody.
    std::int64_t member = 0;     ///< Requests of one person.
    std::int64_t login = 0;      ///< Tries of one address, and of one account; as many failed ones block it.
    std::chrono::seconds login_block{900};
    bool exempt_services = false;  ///< Loaders and benchmarks of ours, whose tokens say so, are not held to any.
    /// Proxies of ours before the edge: the caller's address is so many from the end of X-Forwarded-For.
    std::size_t proxies = 0;
};

/// What stands in X-RateLimit-…
struct Allowance {
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
    std::int64_t resets_at = 0;  ///< Seconds since 1970.
};

/// What somebody is counted under. From addresses only a keyed hash is left: it travels, and is nobody's address any more.
using UsageKey = std::uint64_t;
UsageKey usage_key(const std::string& secret, std::string_view kind, std::string_view who);

/// What one edge tells the others.
struct UsageNews {
    UsageKey key = 0;
    std::int64_t minute = 0;         ///< Since 1970.
    std::int64_t count = 0;          ///< More than it had told before.
    std::int64_t blocked_until = 0;  ///< Seconds since 1970; 0: says nothing of it.

    friend bool operator==(const UsageNews&, const UsageNews&) = default;
};
std::string to_text(const std::vector<UsageNews>& news);
/// Leaves out what it cannot read.
std::vector<UsageNews> usage_news_in(std::string_view text);

/// Used by one thread.
class Usage {
public:
    using Time = std::chrono::sys_seconds;

    /// Counts one more, if the limit allows it. Empty: it does not; `allowance` says when it will.
    [[nodiscard]] bool take(UsageKey key, std::int64_t limit, Time now, Allowance& allowance);
    /// Without counting: how many in this minute.
    [[nodiscard]] std::int64_t count(UsageKey key, Time now) const;
    void add(UsageKey key, Time now);

    void block(UsageKey key, Time until);
    [[nodiscard]] std::optional<Time> blocked_until(UsageKey key, Time now) const;

    /// What the others have not heard yet.
    [[nodiscard]] std::vector<UsageNews> take_news();
    void heard(const std::vector<UsageNews>& news, Time now);

    void forget_old(Time now);
    [[nodiscard]] std::size_t size() const { return counts_.size() + blocks_.size(); }

private:
    struct Count {
        std::int64_t minute = 0;
        std::int64_t total = 0;
        std::int64_t untold = 0;
    };
    Count& of(UsageKey key, std::int64_t minute);

    std::unordered_map<UsageKey, Count> counts_;
    std::unordered_map<UsageKey, Time> blocks_;
    std::vector<UsageKey> changed_;
    std::vector<UsageNews> new_blocks_;
};

}  // namespace jangteo::edge
