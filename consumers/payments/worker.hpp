// The workers that ask payment gateways.
#pragma once

#include "consumers/payments/errands.hpp"
#include "consumers/payments/gateway.hpp"
#include "consumers/runtime/outbound.hpp"
#include "consumers/runtime/worker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jangteo::consumers::payments {

inline constexpr std::string_view commands_topic = "payments.commands";

using MakeGateway = std::function<std::unique_ptr<Gateway>(Call)>;

/// The clock of the trade: when the log was told. Thread-safe.
using Clock = std::function<events::Timestamp()>;

/// For the tasks of one gateway: called once by each of the worker's threads.
CarryOut make_carry_out(Outbound& outbound, const MakeGateway& make, const std::string& provider, Clock now,
                        KeyOf key_of);

}  // namespace jangteo::consumers::payments
