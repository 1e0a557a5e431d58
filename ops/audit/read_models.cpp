#include "ops/audit/read_models.hpp"

#include <utility>

namespace jangteo::ops::audit {

namespace {

/// The context whose events a model's sums come from.
const std::map<std::string, std::string> context_of{{"stock", "inventory"},       {"points", "points"},
                                                    {"payments", "payments"},     {"orders", "orders"},
                                                    {"settlement", "settlement"}, {"claims", "claims"}};

std::string text_of(const Stock& stock)
{
    return std::to_string(stock.on_hand) + " on hand, " + std::to_string(stock.reserved) + " reserved";
}
std::string text_of(std::int64_t points_or_won)
{
    return std::to_string(points_or_won);
}
std::string text_of(const Money& money)
{
    return std::to_string(money.captured) + " captured, " + std::to_string(money.given_back) + " given back, " +
           std::to_string(money.unwanted) + " unwanted, " + std::to_string(money.unwanted_given_back) +
           " of it given back";
}

std::string text_of(const Accounts& ledger)
{
    std::string text = "the accounts";
    for (const auto& [account, amount] : ledger.won) {
        text += " " + std::string(to_text(account)) + " " + std::to_string(amount);
    }
    return text;
}

template <class Key, class Value>
void compare(const std::string& what, const std::map<Key, Value>& said, const std::map<Key, Value>& counted,
             std::vector<std::string>& wrong)
{
    for (const auto& [key, value] : counted) {
        const auto found = said.find(key);
        if (found == said.end()) {
            wrong.push_back(what + " " + key.text() + " is in no row; the log comes to " + text_of(value));
        } else if (found->second != value) {
            wrong.push_back(what + " " + key.text() + " has " + text_of(found->second) + "; the log comes to " +
                            text_of(value));
        }
    }
    for (const auto& [key, value] : said) {
        if (!counted.contains(key)) wrong.push_back(what + " " + key.text() + " has a row, and nothing in the log");
    }
}

}  // namespace

ReadModels read_models(postgres::Session& session)
{
    return session.transact([](postgres::Transaction& transaction) {
        transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        ReadModels models;
        const auto checkpoints =
            transaction.run("SELECT projection, topic, partition, next_offset FROM projections.checkpoints");
        for (std::size_t i = 0; i < checkpoints.size(); ++i) {
            const auto context = context_of.find(std::string(checkpoints.text(i, 0)));
            const std::string topic(checkpoints.text(i, 1));
            if (context == context_of.end() || topic != context->second + ".events") continue;
            models.read_below[{topic, static_cast<std::int32_t>(checkpoints.integer(i, 2))}] =
                checkpoints.integer(i, 3);
        }
        models.parked =
            static_cast<std::size_t>(transaction
                                         .run("SELECT count(*) FROM projections.parked p"
                                              " JOIN projections.registry r ON r.name = p.projection"
                                              " AND r.version = p.version AND r.schema_name = 'read_' || r.name")
                                         .integer(0, 0));
        const auto stock = transaction.run("SELECT product_id, on_hand, reserved FROM read_stock.stock");
        for (std::size_t i = 0; i < stock.size(); ++i) {
            models.stock[{stock.uuid(i, 0)}] = {stock.integer(i, 1), stock.integer(i, 2)};
        }
        const auto points = transaction.run("SELECT user_id, balance FROM read_points.accounts");
        for (std::size_t i = 0; i < points.size(); ++i) models.points[{points.uuid(i, 0)}] = points.integer(i, 1);
        const auto payments = transaction.run(
            "SELECT payment_id, CASE WHEN approved_at IS NULL THEN 0 ELSE amount END, refunded_amount, unwanted_amount,"
            " unwanted_refunded_amount FROM read_payments.payments");
        for (std::size_t i = 0; i < payments.size(); ++i) {
            models.payments[{payments.uuid(i, 0)}] = {payments.integer(i, 1), payments.integer(i, 2),
                                                      payments.integer(i, 3), payments.integer(i, 4)};
        }
        const auto ledgers = transaction.run(
            "SELECT seller_id, account, sum(amount)::bigint FROM read_settlement.postings GROUP BY 1, 2");
        for (std::size_t i = 0; i < ledgers.size(); ++i) {
            const auto account = events::settlement::parse_account(ledgers.text(i, 1));
            auto& ledger = models.ledgers[{ledgers.uuid(i, 0)}];
            if (account) ledger.post({{*account, {ledgers.integer(i, 2)}}});
        }
        const auto settlements = transaction.run("SELECT settlement_id, amount FROM read_settlement.settlements");
        for (std::size_t i = 0; i < settlements.size(); ++i) {
            models.settlements[{settlements.uuid(i, 0)}] = settlements.integer(i, 1);
        }
        const auto orders = transaction.run("SELECT order_id, status, total_amount FROM read_orders.orders");
        for (std::size_t i = 0; i < orders.size(); ++i) {
            auto& order = models.orders[{orders.uuid(i, 0)}];
            order.status = orders.text(i, 1);
            order.total_amount = orders.integer(i, 2);
        }
        const auto claims = transaction.run("SELECT claim_id, status FROM read_claims.claims");
        for (std::size_t i = 0; i < claims.size(); ++i) models.claims[{claims.uuid(i, 0)}] = claims.text(i, 1);
        return models;
    });
}

std::vector<std::string> differences(const ReadModels& models, const Books& books)
{
    std::vector<std::string> wrong;
    compare("product", models.stock, books.stock, wrong);
    compare("user", models.points, books.points, wrong);
    compare("payment", models.payments, books.payments, wrong);
    compare("seller", models.ledgers, books.ledgers, wrong);
    std::map<events::SettlementId, std::int64_t> scheduled;
    for (const auto& [id, settlement] : books.settlements) {
        scheduled[id] = settlement.of(events::settlement::Account::payable);
    }
    compare("settlement", models.settlements, scheduled, wrong);
    for (const auto& [id, order] : books.orders) {
        if (!order.placed) continue;
        const auto found = models.orders.find(events::OrderId{id});
        if (found == models.orders.end()) {
            wrong.push_back("order " + events::to_string(id) + " is in no row");
        } else if (found->second.status != order.status || found->second.total_amount != order.total_amount) {
            wrong.push_back("order " + events::to_string(id) + " is " + found->second.status + " over " +
                            std::to_string(found->second.total_amount) + " won; the log comes to " + order.status +
                            " over " + std::to_string(order.total_amount));
        }
    }
    for (const auto& [id, claim] : books.claims) {
        const auto found = models.claims.find(events::ClaimId{id});
        if (found != models.claims.end() && found->second == claim.status) continue;
        if (found == models.claims.end() && claim.status.empty()) continue;  // The order knows of it, and no more.
        wrong.push_back("claim " + events::to_string(id) + " is " +
                        (found == models.claims.end() ? "in no row" : found->second) + "; the log comes to " +
                        claim.status);
    }
    for (const auto& [id, status] : models.claims) {
        if (!books.claims.contains(id.value))
            wrong.push_back("claim " + id.text() + " has a row, and nothing in the log");
    }
    for (const auto& [id, order] : models.orders) {
        const auto found = books.orders.find(id.value);
        const bool known = found != books.orders.end() && found->second.placed;
        if (!known) wrong.push_back("order " + id.text() + " has a row, and nothing in the log");
    }
    return wrong;
}

}  // namespace jangteo::ops::audit
