// What the roles of this process have to tell, as Prometheus text.
#pragma once

#include "consumers/list.hpp"
#include "producers/runtime/runner.hpp"
#include "projections/runtime/status.hpp"
#include "sagas/runtime/runner.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jangteo {

void append_metrics(std::string& to, const std::vector<producers::PartitionStatus>& partitions);
void append_metrics(std::string& to, const std::vector<sagas::InboxStatus>& inboxes, std::uint64_t timers_fired);
void append_metrics(std::string& to, const rabbitmq::TaskPublisherStatus& tasks);
void append_metrics(std::string& to, const std::vector<projections::Status>& read_models);
void append_metrics(std::string& to, const std::vector<consumers::Consumers::TargetStatus>& targets);

}  // namespace jangteo
