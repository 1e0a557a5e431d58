// What the log comes to, counted by the movements in its events and by nothing that another part of the house has counted:
// stock, points, money and the ledgers of sellers, in total and for each order. Pure.
#pragma once

#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/record.hpp"
#include "events/settlement.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace jangteo::ops::audit {

struct Stock {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    friend bool operator==(const Stock&, const Stock&) = default;
};

struct Money {
    std::int64_t captured = 0;
    std::int64_t given_back = 0;
    std::int64_t unwanted = 0;             ///< Captured though nobody wanted it.
    std::int64_t unwanted_given_back = 0;  ///< Of that.
    [[nodiscard]] std::int64_t kept() const { return captured - given_back + unwanted - unwanted_given_back; }
    friend bool operator==(const Money&, const Money&) = default;
};

/// Of ledgers in double entry, by account: what came to it is positive, what is owed or was earned negative.
struct Accounts {
    std::map<events::settlement::Account, std::int64_t> won{};

    [[nodiscard]] std::int64_t of(events::settlement::Account account) const
    {
        const auto found = won.find(account);
        return found == won.end() ? 0 : found->second;
    }
    void post(const std::vector<events::settlement::Posting>& postings)
    {
        for (const auto& posting : postings) {
            const auto account = won.try_emplace(posting.account, 0).first;
            account->second += posting.amount.value;
            if (account->second == 0) won.erase(account);
        }
    }
    [[nodiscard]] std::int64_t sum() const
    {
        std::int64_t total = 0;
        for (const auto& [account, amount] : won) total += amount;
        return total;
    }
    friend bool operator==(const Accounts&, const Accounts&) = default;
};

struct Order {
    bool placed = false;             ///< Else something names it that nobody has placed.
    std::string status = "placing";  ///< As in read_orders.
    std::int64_t total_amount = 0;   ///< Won
    std::int64_t ordered = 0;        ///< Units
    std::int64_t points_used = 0;    ///< As it was accepted.
    bool paid = false;               ///< And not cancelled.
    bool kept = false;               ///< The purchase is confirmed, and said what each seller is settled for.
    // What it has.
    std::int64_t held = 0;    ///< Units
    std::int64_t bought = 0;  ///< Units deducted and not restored.
    std::int64_t points = 0;  ///< Spent and not restored.
    Money money;
    std::int64_t given_back_on_request = 0;  ///< Won
    Accounts ledger;                         ///< What it did to the ledgers of its sellers.
    // What has come back of it, and what is due for that.
    std::int64_t restocked = 0;              ///< Units that can be sold again; the others are no longer anywhere.
    std::int64_t points_due = 0;             ///< To go back to their lots.
    std::int64_t money_due = 0;              ///< Won
    std::int64_t given_back_for_claims = 0;  ///< Won
    events::Timestamp changed_at{};          ///< Last, by whatever concerns it.
};

/// What a buyer gives back. A replacement is held and sent by the claim's id, as if that were an order.
struct Claim {
    events::Uuid order_id{};
    std::string status;          ///< As in read_claims.
    std::int64_t claimed = 0;    ///< Units
    bool ready = false;          ///< A replacement is kept for it,
    bool sent = false;           ///< or has been sent.
    bool halted = false;         ///< Its money could not be given back:
    std::int64_t money_due = 0;  ///< so much, in won.
    events::Timestamp changed_at{};
};

/// Of all contexts; each record may come in any order but that of its partition.
class Books {
public:
    /// An accepted event (events::ReadersRule). Others, and contexts without sums, change nothing. Throws
    /// events::DecodeError.
    void enter(const events::Record& record);

    std::map<events::ProductId, Stock> stock;
    std::map<events::UserId, std::int64_t> points;
    std::map<events::PaymentId, Money> payments;
    std::unordered_map<events::Uuid, Order> orders;
    std::map<events::SellerId, Accounts> ledgers;
    std::map<events::SettlementId, Accounts> settlements;  ///< What each did to the ledger of its seller.
    std::vector<std::string> unbalanced;                   ///< Events whose postings do not come to zero.
    std::unordered_map<events::Uuid, Claim> claims;

private:
    void enter_inventory(const events::Record& record);
    void enter_points(const events::Record& record);
    void enter_orders(const events::Record& record);
    void enter_claims(const events::Record& record);
    void enter_payments(const events::Record& record);
    void enter_settlement(const events::Record& record);
    Order& order(const events::OrderId& id, const events::Record& record);
};

}  // namespace jangteo::ops::audit
