// How the end of a payment is answered, whichever way it was heard of.
#pragma once

#include "events/payments.hpp"
#include "http-edge/server/commanding.hpp"
#include "infra/crypto/sealed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge::payments {

Response paid(const events::payments::PaymentCompleted& event, int status);

/// What became of a confirmation: paid, an account to pay into, or PAY_001 with the gateway's reason. With the buyer's key the
/// account's number is shown.
Response completed(Exchange& x, const Answer& answer, const std::optional<crypto::Key>& buyer);

/// Somebody else has found out what became of the payment before the question of this caller was answered, for instance a
/// question that was put again: the payment says it. `conflict` when it says nothing.
Awaitable<Response> as_it_stands(Exchange& x, events::PaymentId id, Response conflict);

/// Of PAY_001.
std::string failure_details(const events::PaymentId& id, std::string_view code, std::string_view message);

}  // namespace jangteo::edge::payments
