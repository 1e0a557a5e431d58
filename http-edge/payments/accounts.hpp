// Numbers of accounts on their way into the log and out of it: sealed with the buyer's key (docs/decisions/0014).
#pragma once

#include "events/payments.hpp"
#include "http-edge/payments/stored_payment.hpp"
#include "http-edge/server/body.hpp"
#include "infra/crypto/sealed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge::payments {

/// The number of a virtual account. Empty for a buyer who was erased.
std::optional<std::string> opened(const std::optional<crypto::Key>& buyer, std::string_view sealed,
                                  const events::OrderId& order);

/// What a buyer has to know to pay in.
std::string account_json(std::string_view bank, const std::optional<std::string>& number, events::Timestamp due_at);

/// An account that a buyer names: `{bank, accountNumber, holderName}`.
struct NamedAccount {
    std::string bank;
    std::string number;
    std::string holder;
};
NamedAccount read_account(const Fields& fields);
/// Of `refundAccount`; empty when it is not there.
std::optional<NamedAccount> read_refund_account(const Fields& fields);

/// Tells the payment where its money goes back to. `head` is that of the request. Throws Problem: USER_001 for a buyer who was
/// erased, COMMON_503 when it is not taken in time.
Awaitable<void> name_account(Exchange& x, const StoredPayment& payment, const NamedAccount& account,
                             const CommandHead& head);

}  // namespace jangteo::edge::payments
