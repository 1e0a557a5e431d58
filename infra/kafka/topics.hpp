// Every topic there is. Those of the log have the same number of partitions, fixed for the life of the log, and are kept
// for ever: they are the truth.
#pragma once

#include "infra/kafka/admin.hpp"

#include <string>
#include <vector>

namespace jangteo::kafka {

/// Where edges hear their answers. An edge reads one partition and keeps what names its instance.
inline constexpr const char* edge_replies = "edge.replies";

/// Where edges tell each other how much each caller has asked for. Everybody reads all of it: one partition.
inline constexpr const char* edge_usage = "edge.usage";

inline std::vector<NewTopic> all_topics(std::int32_t partitions)
{
    const std::map<std::string, std::string> kept{{"retention.ms", "-1"}, {"retention.bytes", "-1"}};
    // An answer that nobody fetched within the hour is found in the read model of outcomes.
    const std::map<std::string, std::string> passing{{"retention.ms", "3600000"}};
    return {{"claims.commands", partitions, kept},        {"claims.events", partitions, kept},
            {"identity.commands", partitions, kept},      {"identity.events", partitions, kept},
            {"inquiries.commands", partitions, kept},     {"inquiries.events", partitions, kept},
            {"inventory.commands", partitions, kept},     {"inventory.events", partitions, kept},
            {"members.commands", partitions, kept},       {"members.events", partitions, kept},
            {"orders.commands", partitions, kept},        {"orders.events", partitions, kept},
            {"payments.commands", partitions, kept},      {"payments.events", partitions, kept},
            {"points.commands", partitions, kept},        {"points.events", partitions, kept},
            {"settlement.commands", partitions, kept},    {"settlement.events", partitions, kept},
            {"shipping.commands", partitions, kept},      {"shipping.events", partitions, kept},
            {"order_fulfilment.inbox", partitions, kept}, {"payment_gateway.inbox", partitions, kept},
            {"settlement_run.inbox", partitions, kept},   {"point_expiry.inbox", partitions, kept},
            {"checkin_reward.inbox", partitions, kept},   {"claim_process.inbox", partitions, kept},
            {edge_replies, partitions, passing},          {edge_usage, 1, passing}};
}

/// Of every context.
inline std::vector<std::string> command_topics()
{
    std::vector<std::string> found;
    for (const auto& topic : all_topics(1)) {
        if (topic.name.ends_with(".commands")) found.push_back(topic.name);
    }
    return found;
}

}  // namespace jangteo::kafka
