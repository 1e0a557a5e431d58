// Numbers of bank accounts in messages: sealed with the buyer's key, bound to the order and to what they are for.
#pragma once

#include "events/ids.hpp"
#include "infra/crypto/sealed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::personal {

/// A sealed text of the one use is good for nothing in the other's place.
enum class AccountUse {
    pay_in,  ///< A virtual account, which a gateway has opened for the buyer.
    refund,  ///< The buyer's own.
};

struct BankAccount {
    std::string number;
    std::string holder;  ///< Of one line; empty for a virtual account.
    friend bool operator==(const BankAccount&, const BankAccount&) = default;
};

std::string seal_account(const crypto::Key& buyer, const events::OrderId& order, AccountUse use,
                         const BankAccount& account);

/// Throws CannotOpen.
BankAccount open_account(const crypto::Key& buyer, const events::OrderId& order, AccountUse use,
                         std::string_view sealed);

/// Whose key opens it. Empty when that cannot be read from the text.
std::optional<events::UserId> sealed_for(std::string_view sealed);

}  // namespace jangteo::personal
