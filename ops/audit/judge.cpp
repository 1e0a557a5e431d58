#include "ops/audit/judge.hpp"

namespace jangteo::ops::audit {

namespace {

/// Whatever is not as it should be, in words.
class Want {
public:
    void operator()(std::int64_t has, std::int64_t should, const char* what)
    {
        if (has == should) return;
        if (!found.empty()) found += ", ";
        found += std::string(what) + " " + std::to_string(has) + " instead of " + std::to_string(should);
    }
    std::string found;
};

/// `halted`: won that are due to the buyer, and that a gateway refuses to give back.
std::string wrong_with(const Order& order, std::int64_t halted)
{
    Want want;
    const bool waits = order.status == "pending";
    // Points may be spent on what is no order of ours (DOA-POINT-03).
    if (!order.placed) {
        want(order.held + order.bought, 0, "units of an order that nobody placed");
        want(order.money.kept(), 0, "won of an order that nobody placed");
        want(static_cast<std::int64_t>(order.ledger.won.size()), 0, "entries for an order that nobody placed");
        return want.found;
    }
    const std::int64_t points = waits || order.paid ? order.points_used - order.points_due : 0;
    want(order.held, waits ? order.ordered : 0, "units held");
    want(order.bought, order.paid ? order.ordered - order.restocked : 0, "units bought");
    want(order.points, points, "points spent");
    want(order.money.kept(), order.paid ? order.total_amount - order.given_back_on_request : 0, "won kept");
    using events::settlement::Account;
    // What a kept purchase has brought is with its sellers' ledgers, to the won; of any other, nothing is.
    want(order.ledger.of(Account::clearing), order.kept ? order.money.captured - order.money.given_back - halted : 0,
         "won entered for its sellers");
    want(order.ledger.of(Account::points), order.kept ? order.points : 0, "points entered for its sellers");
    want(order.given_back_for_claims, order.money_due - halted, "won given back for what came back");
    if (order.status == "placing" && want.found.empty()) want.found = "neither accepted nor refused";
    return want.found;
}

/// `stock`: what is held and bought by the claim's id.
std::string wrong_with(const Claim& claim, const Order& stock)
{
    Want want;
    want(stock.held, claim.ready ? claim.claimed : 0, "units held as a replacement");
    want(stock.bought, claim.sent ? claim.claimed : 0, "units sent as a replacement");
    return want.found;
}

}  // namespace

namespace {

void judge_ledgers(const Books& books, Verdict& verdict)
{
    using events::settlement::Account;
    for (const auto& event : books.unbalanced) verdict.wrong.push_back(event);
    for (const auto& [id, ledger] : books.ledgers) {
        if (ledger.sum() != 0) {
            verdict.wrong.push_back("the ledger of seller " + id.text() + " comes to " + std::to_string(ledger.sum()) +
                                    " won instead of 0");
        }
    }
    for (const auto& [id, settlement] : books.settlements) {
        const auto scheduled = settlement.of(Account::payable);
        const auto transferred = -settlement.of(Account::paid);
        if (transferred != 0 && transferred != scheduled) {
            verdict.wrong.push_back("settlement " + id.text() + " over " + std::to_string(scheduled) +
                                    " won was paid with " + std::to_string(transferred));
        }
    }
    // While orders are under way, their sums are.
    const auto difference = settled(books).difference();
    if (difference != 0 && verdict.under_way == 0) {
        verdict.wrong.push_back("of the money captured, " + std::to_string(difference) +
                                " won are neither settled nor fees, refunded or open");
    }
}

}  // namespace

Verdict judge(const Books& books, events::Timestamp now, std::chrono::seconds patience)
{
    Verdict verdict;
    std::unordered_map<events::Uuid, std::int64_t> halted;
    for (const auto& [id, claim] : books.claims) {
        if (claim.halted) halted[claim.order_id] += claim.money_due;
    }
    const auto see = [&](const char* what, const events::Uuid& id, const auto& one, const std::string& wrong) {
        if (wrong.empty()) return;
        if (one.changed_at + patience > now) {
            ++verdict.under_way;
        } else {
            verdict.wrong.push_back(std::string(what) + " " + events::to_string(id) + " (" + one.status +
                                    "): " + wrong);
        }
    };
    for (const auto& [id, order] : books.orders) {
        if (books.claims.contains(id)) continue;
        const auto found = halted.find(id);
        see("order", id, order, wrong_with(order, found == halted.end() ? 0 : found->second));
    }
    for (const auto& [id, claim] : books.claims) {
        const auto stock = books.orders.find(id);
        see("claim", id, claim, wrong_with(claim, stock == books.orders.end() ? Order{} : stock->second));
    }
    for (const auto& [id, stock] : books.stock) {
        if (stock.reserved < 0 || stock.on_hand < stock.reserved) {
            verdict.wrong.push_back("product " + id.text() + " has " + std::to_string(stock.on_hand) +
                                    " units on hand and " + std::to_string(stock.reserved) + " reserved");
        }
    }
    for (const auto& [id, balance] : books.points) {
        if (balance < 0) verdict.wrong.push_back("user " + id.text() + " has " + std::to_string(balance) + " points");
    }
    judge_ledgers(books, verdict);
    return verdict;
}

Settled settled(const Books& books)
{
    using events::settlement::Account;
    Settled sums;
    for (const auto& [id, order] : books.orders) {
        sums.captured += order.money.captured;
        sums.refunded += order.money.given_back;
        if (!order.kept) sums.open += order.money.captured - order.money.given_back;
    }
    for (const auto& [id, ledger] : books.ledgers) {
        sums.points += ledger.of(Account::points);
        sums.transferred -= ledger.of(Account::paid);
        sums.settled -= ledger.of(Account::payable) + ledger.of(Account::scheduled) + ledger.of(Account::paid);
        sums.commission -= ledger.of(Account::commission);
        sums.shipping -= ledger.of(Account::shipping);
    }
    return sums;
}

}  // namespace jangteo::ops::audit
