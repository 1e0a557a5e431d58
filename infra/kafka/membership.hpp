// Learns from a Kafka consumer group which partitions this process owns. It reads nothing and commits nothing: the group
// only says who owns what, and the log's own fence (design §2.4) decides who is right.
#pragma once

#include "infra/kafka/settings.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::kafka {

struct MembershipOptions {
    /// A member that is silent for so long has lost what it owned. The broker's `group.min.session.timeout.ms` (6 s
    /// unless set) must allow it.
    std::chrono::milliseconds session_timeout{3'000};
    std::chrono::milliseconds heartbeat{500};
    /// An owner that does not call `poll` for so long has lost what it owned: a stuck thread keeps no partition.
    std::chrono::milliseconds poll_limit{60'000};
};

/// Used by one thread.
class Membership {
public:
    using Options = MembershipOptions;

    struct Change {
        std::vector<TopicPartition> gained;
        std::vector<TopicPartition> lost;
    };

    /// Joins `group` for `topics`, partitions dealt out by ranges: topics with as many partitions each are dealt alike.
    Membership(const Settings& settings, const std::string& group, const std::vector<std::string>& topics,
               Options options = {});
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    /// Leaves, waiting at most two seconds.
    ~Membership();

    /// Waits up to `wait` for a change of what this process owns. Call it at least every few hundred milliseconds.
    ///
    /// What a rebalance takes and gives back is not reported: a partition that stays here is never interrupted. While a
    /// rebalance is under way it counts as owned, for one session timeout at most; then, as after a session that has
    /// ended, it is reported lost. A new owner may therefore start a moment before the old one hears of it, which is
    /// what the fence in the log is for.
    std::optional<Change> poll(std::chrono::milliseconds wait);
    [[nodiscard]] const std::vector<TopicPartition>& owned() const;

    /// Leaves the group, so that others take over at once instead of after the session timeout. Bounded by `timeout`;
    /// everything counts as lost afterwards.
    void leave(std::chrono::milliseconds timeout = std::chrono::milliseconds{2'000});

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::kafka
