#include "infra/personal/bank_accounts.hpp"

#include <algorithm>

namespace jangteo::personal {

namespace {

std::string bound_to(const events::OrderId& order, AccountUse use)
{
    return order.text() += use == AccountUse::pay_in ? "/virtualAccount" : "/refundAccount";
}

}  // namespace

std::string seal_account(const crypto::Key& buyer, const events::OrderId& order, AccountUse use,
                         const BankAccount& account)
{
    // A line each.
    return crypto::seal(buyer, account.number + '\n' + account.holder, bound_to(order, use));
}

BankAccount open_account(const crypto::Key& buyer, const events::OrderId& order, AccountUse use,
                         std::string_view sealed)
{
    const auto plain = crypto::open(buyer, sealed, bound_to(order, use));
    const auto line = std::min(plain.find('\n'), plain.size());
    return {plain.substr(0, line), line == plain.size() ? std::string() : plain.substr(line + 1)};
}

std::optional<events::UserId> sealed_for(std::string_view sealed)
{
    return events::UserId::parse(crypto::key_id_of(sealed));
}

}  // namespace jangteo::personal
