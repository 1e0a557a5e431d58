#include "events/points.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::points;

/// A lot for ever: one that is used up stays in its place, empty.
struct Lot {
    events::LotId id;
    std::int64_t remaining = 0;
    std::optional<events::Timestamp> earned_at;  ///< The read model forgets it of a lot that was used up in between.
    events::Timestamp expires_at{};
};

struct Account {
    std::vector<Lot> lots;  ///< In the order of earning.
    std::int64_t earned = 0;
    std::int64_t used = 0;
    events::Timestamp updated_at{};
    bool open = false;
    struct Spending {
        events::Uuid id{};
        std::vector<LotAmount> taken;
    };
    std::map<events::OrderId, Spending> spendings;

    [[nodiscard]] std::int64_t balance() const
    {
        std::int64_t sum = 0;
        for (const auto& lot : lots) sum += lot.remaining;
        return sum;
    }
    [[nodiscard]] std::int64_t spendable(events::Timestamp at) const
    {
        std::int64_t sum = 0;
        for (const auto& lot : lots) sum += lot.expires_at > at ? lot.remaining : 0;
        return sum;
    }
};

class Books {
public:
    Books(Findings& findings, Tables& tables) : findings_(findings), ledger_(tables["read_points.ledger"]) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return refused();
        std::visit(
            [&](const auto& event) {
                Account& account = accounts[event.user_id];
                account.open = true;
                account.updated_at = record.envelope.time;
                apply(account, event);
                if (event.balance.value != account.balance()) wrong("the balance is not the sum of the lots");
            },
            decode_event(record.envelope.type, record.value));
    }

    std::map<events::UserId, Account> accounts;
    PointBooks books;

private:
    void wrong(const std::string& what)
    {
        findings_.add(place_of(*record_) + " " + record_->envelope.type + ": " + what);
    }
    [[nodiscard]] events::Timestamp time() const { return record_->envelope.time; }

    struct Line {
        events::Uuid id{};
        std::string type;
        std::int64_t amount = 0;
        std::string source = null_text;
        std::string description;
        std::optional<events::OrderId> order{};
        std::optional<events::Uuid> related{};
        std::optional<events::Timestamp> expires_at{};
        std::int64_t balance = 0;
    };
    void write(const events::UserId& user, const Line& line, int number = 0)
    {
        const auto text = [](auto value) { return std::to_string(value); };
        ledger_[text(record_->partition) + "/" + text(record_->offset) + "/" + text(number)] = {
            events::to_string(line.id),
            user.text(),
            line.type,
            text(line.amount),
            line.source,
            line.description,
            line.order ? line.order->text() : null_text,
            line.related ? events::to_string(*line.related) : null_text,
            line.expires_at ? text_of(*line.expires_at) : null_text,
            text(line.balance),
            text_of(time())};
    }

    /// Oldest first: before a lot is touched, every older one that has not expired must be empty.
    void take(Account& account, const std::vector<LotAmount>& parts, std::int64_t amount)
    {
        std::int64_t sum = 0;
        for (const auto& part : parts) {
            sum += part.amount.value;
            const auto lot = std::ranges::find(account.lots, part.lot_id, &Lot::id);
            if (lot == account.lots.end()) {
                wrong("takes from a lot that there is not");
                continue;
            }
            const bool younger = std::any_of(account.lots.begin(), lot, [&](const Lot& older) {
                return older.remaining > 0 && older.expires_at > time();
            });
            if (younger) wrong("takes from a lot while an older one is open");
            if (lot->expires_at <= time()) wrong("takes from a lot that has expired");
            take_from(*lot, part.amount.value);
        }
        if (sum != amount) wrong("the parts do not make up the amount");
    }
    void take_from(Lot& lot, std::int64_t amount)
    {
        lot.remaining -= amount;
        if (lot.remaining < 0) wrong("takes more from a lot than it has");
        if (lot.remaining == 0) lot.earned_at.reset();
    }

    void apply(Account& account, const PointsEarned& e)
    {
        account.lots.push_back({e.lot_id, e.amount.value, time(), e.expires_at});
        account.earned += e.amount.value;
        if (e.source == PointSource::purchase && e.order_id) {
            auto& reward = books.rewards[*e.order_id];
            reward.amount += e.amount.value;
            ++reward.times;
        }
        write(e.user_id, {.id = e.lot_id.value,
                          .type = "earn",
                          .amount = e.amount.value,
                          .source = std::string(to_text(e.source)),
                          .description = e.description,
                          .order = e.order_id,
                          .expires_at = e.expires_at,
                          .balance = account.balance()});
    }
    void apply(Account& account, const PointsSpent& e)
    {
        take(account, e.allocations, e.amount.value);
        account.used += e.amount.value;
        if (e.order_id) {
            auto& spent = books.by_order[*e.order_id];
            spent.amount += e.amount.value;
            ++spent.times;
            const bool first =
                account.spendings.emplace(*e.order_id, Account::Spending{e.spend_id, e.allocations}).second;
            if (!first) wrong("is spent twice for one order");
        }
        write(e.user_id, {.id = e.spend_id,
                          .type = "use",
                          .amount = -e.amount.value,
                          .source = "purchase",
                          .description = e.description,
                          .order = e.order_id,
                          .balance = account.balance()});
    }
    /// To the lots they came from, with the expiry these always had.
    void apply(Account& account, const PointsRestored& e)
    {
        const auto spending = account.spendings.find(e.order_id);
        if (spending == account.spendings.end()) return wrong("restores what was not spent");
        if (e.spend_id != spending->second.id) wrong("names another spending");
        std::map<events::LotId, std::int64_t> owed;
        for (const auto& part : spending->second.taken) owed[part.lot_id] += part.amount.value;
        std::int64_t sum = 0;
        for (const auto& part : e.returned) {
            sum += part.amount.value;
            owed[part.lot_id] -= part.amount.value;
            const auto lot = std::ranges::find(account.lots, part.lot_id, &Lot::id);
            if (lot == account.lots.end()) {
                wrong("gives back to a lot that there is not");
                continue;
            }
            if (lot->expires_at != part.expires_at) wrong("gives back with another expiry");
            lot->remaining += part.amount.value;
        }
        for (const auto& part : e.reissued) {
            sum += part.amount.value;
            owed[part.from_lot_id] -= part.amount.value;
            const auto lot = std::ranges::find(account.lots, part.from_lot_id, &Lot::id);
            if (lot == account.lots.end() || lot->expires_at > time()) wrong("reissues a lot that has not expired");
            account.lots.push_back({part.lot_id, part.amount.value, time(), part.expires_at});
        }
        const bool all = std::ranges::all_of(owed, [](const auto& one) { return one.second == 0; });
        const bool too_much = std::ranges::any_of(owed, [](const auto& one) { return one.second < 0; });
        if (too_much || (!all && !e.claim_id)) wrong("gives back another amount to a lot than was taken from it");
        if (sum != e.amount.value) wrong("the parts do not make up the amount");
        // Goods may come back one after the other; what was taken last goes back first.
        std::erase_if(spending->second.taken, [&](LotAmount& part) {
            part.amount.value = owed[part.lot_id];
            return part.amount.value == 0;
        });
        if (e.claim_id && !restored_.insert(*e.claim_id).second) wrong("restores twice for one claim");
        if (all) account.spendings.erase(spending);
        account.used -= e.amount.value;
        books.by_order[e.order_id].amount -= e.amount.value;
        write(e.user_id, {.id = record_->envelope.id,
                          .type = "use",
                          .amount = e.amount.value,
                          .source = "refund",
                          .description = e.description,
                          .order = e.order_id,
                          .related = e.spend_id,
                          .balance = account.balance()});
    }
    void apply(Account& account, const PointsExpired& e)
    {
        int number = 0;
        for (const auto& part : e.lots) {
            const auto lot = std::ranges::find(account.lots, part.lot_id, &Lot::id);
            if (lot == account.lots.end() || lot->expires_at > time() || lot->remaining != part.amount.value) {
                wrong("expires a lot that has not expired, or not all of it");
                continue;
            }
            take_from(*lot, part.amount.value);
            write(e.user_id,
                  {.id = events::uuid_v5(record_->envelope.id, part.lot_id.text()),
                   .type = "expire",
                   .amount = -part.amount.value,
                   .description = "",
                   .related = part.lot_id.value,
                   .balance = account.balance()},
                  number++);
        }
    }
    void apply(Account& account, const PointsAdjusted& e)
    {
        const bool added = e.amount.value > 0;
        if (added && e.lot_id && e.expires_at) {
            account.lots.push_back({*e.lot_id, e.amount.value, time(), *e.expires_at});
            account.earned += e.amount.value;
        } else {
            take(account, e.allocations, -e.amount.value);
            account.used -= e.amount.value;
        }
        write(e.user_id, {.id = added && e.lot_id ? e.lot_id->value : record_->envelope.id,
                          .type = added ? "earn" : "use",
                          .amount = e.amount.value,
                          .source = "admin",
                          .description = e.description,
                          .expires_at = e.expires_at,
                          .balance = account.balance()});
    }

    void refused()
    {
        const auto id = events::UserId::parse(record_->envelope.subject);
        if (!id) return wrong("is of no member");
        const auto rejection = events::rejection_from_json(record_->value);
        if (rejection.code != "POINT_001") return;
        const auto spendable = accounts[*id].spendable(time());
        if (std::get<std::int64_t>(rejection.details.at("available")) != spendable) {
            wrong("refuses with another amount than could be spent");
        }
        if (std::get<std::int64_t>(rejection.details.at("requested")) <= spendable)
            wrong("refuses though there was enough");
    }

    Findings& findings_;
    std::set<events::ClaimId> restored_;
    Rows& ledger_;
    const events::Record* record_ = nullptr;
};

std::string lots_of(const Account& account)
{
    std::vector<const Lot*> open;
    for (const auto& lot : account.lots) {
        if (lot.remaining > 0) open.push_back(&lot);
    }
    std::string json = "[";
    for (const auto* lot : open) {
        if (json.size() > 1) json += ',';
        json += R"({"lotId":")" + lot->id.text() + R"(","remaining":)" + std::to_string(lot->remaining);
        if (lot->earned_at) json += R"(,"earnedAt":")" + events::to_iso8601(*lot->earned_at) + '"';
        json += R"(,"expiresAt":")" + events::to_iso8601(lot->expires_at) + "\"}";
    }
    return json + "]";
}

}  // namespace

PointBooks keep_points(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings, tables);
    for (const auto& partition : story.accepted.at("points")) {
        for (const auto* record : partition) books.see(*record);
    }
    auto& rows = tables["read_points.accounts"];
    for (const auto& [id, account] : books.accounts) {
        if (!account.open) continue;
        const auto now = std::chrono::system_clock::now();
        const bool outlived = std::ranges::any_of(
            account.lots, [&](const Lot& lot) { return lot.remaining > 0 && lot.expires_at <= now; });
        findings.want(!outlived, id.text(), " has points whose time is over");
        rows[id.text()] = {std::to_string(account.balance()), std::to_string(account.earned),
                           std::to_string(account.used), lots_of(account), text_of(account.updated_at)};
    }
    return std::move(books.books);
}

}  // namespace jangteo::e2e
