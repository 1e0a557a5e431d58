// The whole log as it stands, and what of it counts.
#pragma once

#include "events/readers_rule.hpp"
#include "events/record.hpp"
#include "infra/kafka/partition_reader.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace jangteo::e2e {

inline const std::vector<std::string> contexts{"claims", "identity", "inquiries", "inventory",  "members",
                                               "orders", "payments", "points",    "settlement", "shipping"};
inline constexpr const char* inbox_topic = "order_fulfilment.inbox";
inline constexpr const char* gateway_inbox_topic = "payment_gateway.inbox";
inline constexpr const char* claim_inbox_topic = "claim_process.inbox";
inline constexpr const char* run_inbox_topic = "settlement_run.inbox";
inline constexpr const char* expiry_inbox_topic = "point_expiry.inbox";
inline constexpr const char* reward_inbox_topic = "checkin_reward.inbox";
inline const std::vector<std::string> inboxes{inbox_topic,        gateway_inbox_topic, run_inbox_topic,
                                              expiry_inbox_topic, reward_inbox_topic,  claim_inbox_topic};
inline constexpr const char* replies_topic = "edge.replies";

/// Topic → partition → records in offset order.
using Log = std::map<std::string, std::vector<std::vector<events::Record>>>;

/// Reads on to the end with every call.
class LogReader {
public:
    explicit LogReader(const kafka::Settings& settings);

    const Log& read();

private:
    kafka::Settings settings_;
    kafka::PartitionReader reader_;
    std::map<kafka::TopicPartition, std::int64_t> next_;
    Log log_;
};

/// `inventory.events/3@17`
std::string place_of(const events::Record& record);

/// What is wrong, in words. After some it only counts.
class Findings {
public:
    void add(std::string what);
    /// `good`, or the words are a finding. A record as a word is its place.
    template <class... Words>
    void want(bool good, const Words&... words)
    {
        if (!good) add((std::string() + ... + text_of(words)));
    }
    [[nodiscard]] bool none() const { return count_ == 0; }
    [[nodiscard]] std::string text() const;

private:
    static std::string text_of(const events::Record& record) { return place_of(record); }
    static std::string text_of(std::string_view text) { return std::string(text); }

    std::vector<std::string> first_;
    std::size_t count_ = 0;
};

/// The log by the readers' rule. Refers to the log that it was made of.
struct Story {
    explicit Story(const Log& the_log);

    const Log& log;
    /// Context → partition → the one outcome of each command, in order.
    std::map<std::string, std::vector<std::vector<const events::Record*>>> accepted;
    std::map<std::string, std::vector<events::ReadersRule>> rules;                  ///< As they stand at the end.
    std::unordered_map<events::Uuid, std::vector<const events::Record*>> outcomes;  ///< By command id.
    std::size_t dead = 0;
    std::size_t take_overs = 0;
};

}  // namespace jangteo::e2e
