// What a worker does with a task of payments, and what it then has to tell the log.
#pragma once

#include "consumers/payments/gateway.hpp"
#include "events/payments.hpp"
#include "infra/crypto/sealed.hpp"

#include <functional>
#include <optional>
#include <string>

namespace jangteo::consumers::payments {

/// What came of a task.
struct Finding {
    std::optional<events::payments::Command> tell{};  ///< For the payments of the order.
    bool final = true;                                ///< False: the task has to come again.
    std::string why{};                                ///< If not final.
    bool in_doubt = true;                             ///< If not final: the gateway may have done it.
};

/// The key of a person; empty for one who was erased. Throws `NotNow` when it cannot be had at the moment.
using KeyOf = std::function<std::optional<crypto::Key>(const events::UserId&)>;

/// `first`: nobody can have asked the gateway for this task before. Otherwise a confirmation begins with a look at what
/// was done. With a buyer's key the numbers of accounts are sealed on their way into the log, and opened when money goes back
/// to them. Throws nothing for what gateways do.
Finding carry_out(Gateway& gateway, const events::payments::Task& task, bool first, const KeyOf& key_of);

}  // namespace jangteo::consumers::payments
