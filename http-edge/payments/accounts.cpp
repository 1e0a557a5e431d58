#include "http-edge/payments/accounts.hpp"

#include "events/codec.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/services.hpp"
#include "infra/personal/bank_accounts.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::edge::payments {

using namespace events::payments;

std::optional<std::string> opened(const std::optional<crypto::Key>& buyer, std::string_view sealed,
                                  const events::OrderId& order)
{
    if (!buyer) return std::nullopt;
    try {
        return personal::open_account(*buyer, order, personal::AccountUse::pay_in, sealed).number;
    } catch (const crypto::CannotOpen&) {
        return std::nullopt;  // Everything else can still be shown.
    }
}

std::string account_json(std::string_view bank, const std::optional<std::string>& number, events::Timestamp due_at)
{
    std::string json = R"({"bank":)";
    events::append_json(json, bank);
    number ? append_member(json, "accountNumber", std::string_view(*number))
           : append_raw(json, "accountNumber", "null");
    append_member(json, "dueDate", due_at);
    return json + '}';
}

NamedAccount read_account(const Fields& fields)
{
    NamedAccount account{fields.text("bank", 1, 20), fields.text("accountNumber", 4, 30),
                         fields.text("holderName", 1, 60)};
    std::erase(account.number, '-');
    const bool digits = std::ranges::all_of(account.number, [](char c) { return '0' <= c && c <= '9'; });
    if (!digits) fields.wrong("accountNumber", {"숫자와 하이픈만 쓸 수 있습니다", "must be digits and hyphens"});
    const bool one_line = account.holder.find('\n') == std::string::npos;
    if (!one_line) fields.wrong("holderName", {"한 줄이어야 합니다", "must be one line"});
    return account;
}

std::optional<NamedAccount> read_refund_account(const Fields& fields)
{
    if (!fields.has("refundAccount")) return std::nullopt;
    return read_account(fields.object("refundAccount"));
}

Awaitable<void> name_account(Exchange& x, const StoredPayment& payment, const NamedAccount& account,
                             const CommandHead& head)
{
    const auto key = co_await x.services.people.key_of(payment.user_id);
    if (!key) throw Problem("USER_001");
    const auto& order = payment.order_id;
    // A repeat is sealed anew, and its first outcome counts.
    const auto sealed =
        personal::seal_account(*key, order, personal::AccountUse::refund, {account.number, account.holder});
    const NameRefundAccount command{order, payment.id, {account.bank, sealed}};
    const CommandHead own{{events::uuid_v5(head.id.value, "refund account")}, 0};
    auto record = command_record(x, own, context, command, order.text(), order.value);
    Render render = [](Exchange&, const Answer&) { return success_response(200, "{}"); };
    const auto response = co_await settle(x, std::move(record), std::move(render));
    constexpr int done = 200;
    if (response.status != done) throw Problem(response.error_code.empty() ? "COMMON_503" : response.error_code);
}

}  // namespace jangteo::edge::payments
