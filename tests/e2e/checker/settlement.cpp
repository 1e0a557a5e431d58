#include "events/settlement.hpp"
#include "events/orders.hpp"
#include "events/periods.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::settlement;

struct Settlement {
    SettlementScheduled scheduled;
    std::string status = "scheduled";
    std::int64_t adjusted = 0;
    std::string held_because = null_text;
    std::string reference = null_text;
    std::string paid_at = null_text;
    events::Timestamp scheduled_at{};
    events::Timestamp updated_at{};
};

/// A sale or an adjustment, as the statement of a settlement has to explain itself by them.
struct Line {
    std::int64_t amount = 0;
    events::Timestamp booked_at{};
};

struct Run {
    SettlementRunStarted started;
    std::optional<SettlementRunCompleted> completed{};
    events::Timestamp started_at{};
    events::Timestamp completed_at{};
    std::int64_t settled = 0;  ///< By its settlements.
    std::int64_t amount = 0;
};

/// What the parts of an order that the buyer keeps say, by seller.
using Parts = std::map<events::OrderId, std::map<events::SellerId, events::orders::KeptPart>>;

Parts parts_in(const Story& story)
{
    Parts parts;
    for (const auto& partition : story.accepted.at("orders")) {
        for (const auto* record : partition) {
            if (record->envelope.type != events::orders::PurchaseConfirmed::type) continue;
            events::orders::PurchaseConfirmed kept;
            from_json(record->value, kept);
            for (const auto& part : kept.parts.value_or(std::vector<events::orders::KeptPart>{})) {
                parts[kept.order_id][part.seller_id] = part;
            }
        }
    }
    return parts;
}

class Books {
public:
    Books(const Story& story, Findings& findings, Tables& tables)
        : findings_(findings),
          lines_table_(tables["read_settlement.lines"]),
          postings_(tables["read_settlement.postings"]),
          parts_(parts_in(story))
    {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit([&](const auto& event) { apply(event); }, decode_event(record.envelope.type, record.value));
    }

    /// Against what buyers have paid, once everything is seen.
    void compare(const PaymentBooks& payments)
    {
        for (const auto& [order_id, parts] : parts_) {
            for (const auto& [seller_id, part] : parts) {
                findings_.want(sold_.contains({order_id, seller_id}), "order ", order_id.text(), ": seller ",
                               seller_id.text(), " has nothing to be settled for");
            }
            std::int64_t paid = 0;
            const auto found = payments.by_order.find(order_id);
            if (found != payments.by_order.end()) {
                for (const auto& [id, payment] : found->second.completed) paid += payment.amount - payment.back;
            }
            findings_.want(clearing_[order_id] == paid, "order ", order_id.text(), ": ",
                           std::to_string(clearing_[order_id]), " won are entered for its sellers and ",
                           std::to_string(paid), " were paid");
        }
        findings_.want(sum_ == 0, "all accounts come to ", std::to_string(sum_), " won instead of 0");
        findings_.want(registered_ == sellers_, "the roll is not that of those who have sold something");
        for (const auto& [id, run] : runs) {
            findings_.want(
                run.completed && run.completed->settled == run.settled && run.completed->amount.value == run.amount,
                "run ", run.started.period, " has not come to an end that says what it settled");
        }
        for (const auto& [id, settlement] : settlements) explain(settlement);
    }

    std::map<events::SettlementId, Settlement> settlements;
    std::map<events::RunId, Run> runs;

private:
    void want(bool good, const char* what) { findings_.want(good, *record_, " ", record_->envelope.type, ": ", what); }

    /// The lines of its time come to what it is over, and to its sums.
    void explain(const Settlement& settlement)
    {
        const auto& says = settlement.scheduled;
        std::int64_t amount = 0;
        std::int64_t count = 0;
        for (const auto& line : lines_[says.seller_id]) {
            if (line.booked_at < says.since || line.booked_at >= says.until) continue;
            amount += line.amount;
            ++count;
        }
        const auto sums = says.sales - says.commission - says.refunds + says.refunded_commission;
        findings_.want(amount == says.amount.value && count == says.lines && sums == says.amount, "settlement ",
                       says.settlement_id.text(), " over ", std::to_string(says.amount.value), " has lines over ",
                       std::to_string(amount));
    }

    void apply(const SaleRecorded& e)
    {
        const auto order = parts_.find(e.order_id);
        const auto* part =
            order != parts_.end() && order->second.contains(e.seller_id) ? &order->second.at(e.seller_id) : nullptr;
        want(part != nullptr && part->product_amount == e.product_amount && part->points_share == e.points_share &&
                 part->shipping_share == e.shipping_share,
             "is not what the order says");
        want(sold_.emplace(e.order_id, e.seller_id).second, "is entered twice");
        want(e.first == sellers_.insert(e.seller_id).second, "is wrong about a seller's first sale");
        want(e.commission.value == e.product_amount.value * e.commission_basis_points / 10'000 &&
                 e.amount == e.product_amount - e.commission,
             "takes another commission");
        std::string items = "[";
        for (const auto& line : e.lines) {
            if (items.size() > 1) items += ',';
            items += to_json(line);
        }
        write(e, "sale", e.amount.value, e.order_number.value_or(null_text), e.points_share, e.shipping_share,
              items + "]", null_text, null_text);
        post(e, e.order_id.text(), null_text);
    }
    void apply(const SaleAdjusted& e)
    {
        want(sold_.contains({e.order_id, e.seller_id}), "adjusts what was not sold");
        want(adjusted_.emplace(e.refund_id, e.seller_id).second, "is entered twice");
        write(e, "adjustment", -e.amount.value, null_text, {}, e.shipping_amount, "[]", e.refund_id.text(),
              e.adjusts ? e.adjusts->text() : null_text);
        post(e, e.order_id.text(), null_text);
        if (!e.adjusts) return;
        auto& settlement = changed(*e.adjusts);
        settlement.adjusted += e.amount.value;
        if (settlement.status == "paid") settlement.status = "adjusted";
    }
    void apply(const SettlementScheduled& e)
    {
        want(!settlements.contains(e.settlement_id), "settles a seller twice for a period");
        auto& settlement = changed(e.settlement_id);
        settlement.scheduled = e;
        settlement.scheduled_at = record_->envelope.time;
        auto& run = runs[e.run_id];
        ++run.settled;
        run.amount += e.amount.value;
        post(e, null_text, e.settlement_id.text());
    }
    void apply(const SettlementConfirmed& e)
    {
        want(changed(e.settlement_id).status == "scheduled", "agrees to what is not scheduled");
        changed(e.settlement_id).status = "confirmed";
    }
    void apply(const SettlementPaid& e)
    {
        auto& settlement = changed(e.settlement_id);
        want(settlement.status == "scheduled" || settlement.status == "confirmed", "pays what is not to be paid");
        want(settlement.scheduled.amount == e.amount, "pays another amount");
        settlement.status = "paid";
        settlement.reference = e.reference;
        settlement.paid_at = text_of(record_->envelope.time);
        post(e, null_text, e.settlement_id.text());
    }
    void apply(const SettlementHeld& e)
    {
        auto& settlement = changed(e.settlement_id);
        want(settlement.status == "scheduled" || settlement.status == "confirmed", "holds what is paid");
        settlement.status = "held";
        settlement.held_because = e.reason;
    }
    void apply(const SettlementReleased& e)
    {
        auto& settlement = changed(e.settlement_id);
        want(settlement.status == "held", "releases what is not held");
        settlement.status = "scheduled";
        settlement.held_because = null_text;
    }
    void apply(const SellerRegistered& e) { want(registered_.insert(e.seller_id).second, "registers a seller twice"); }
    void apply(const RollCalled&) {}
    void apply(const SettlementRunStarted& e)
    {
        want(events::run_of(e.period) == e.run_id, "has an id that does not follow");
        auto& run = runs[e.run_id];
        run.started = e;
        run.started_at = record_->envelope.time;
    }
    void apply(const SettlementRunCompleted& e)
    {
        auto& run = runs[e.run_id];
        want(!run.completed, "completes a run twice");
        run.completed = e;
        run.completed_at = record_->envelope.time;
    }

    Settlement& changed(const events::SettlementId& id)
    {
        auto& settlement = settlements[id];
        settlement.updated_at = record_->envelope.time;
        return settlement;
    }

    [[nodiscard]] std::string place() const
    {
        return std::to_string(record_->partition) + "/" + std::to_string(record_->offset);
    }

    void post(const auto& event, const std::string& order_id, const std::string& settlement_id)
    {
        std::int64_t sum = 0;
        for (const auto& posting : event.postings) {
            sum += posting.amount.value;
            if constexpr (requires { event.order_id; }) {
                if (posting.account == Account::clearing) clearing_[event.order_id] += posting.amount.value;
            }
            postings_[place() + "/" + std::string(to_text(posting.account))] = {
                event.seller_id.text(), order_id, settlement_id, std::to_string(posting.amount.value)};
        }
        want(sum == 0, "does not come to zero");
        sum_ += sum;
    }

    void write(const auto& e, const std::string& kind, std::int64_t amount, const std::string& order_number,
               events::Won points_share, events::Won shipping_share, const std::string& items,
               const std::string& refund_id, const std::string& adjusts)
    {
        lines_[e.seller_id].push_back({amount, e.booked_at});
        lines_table_[place()] = {e.seller_id.text(),
                                 e.order_id.text(),
                                 order_number,
                                 kind,
                                 std::to_string(e.product_amount.value),
                                 std::to_string(e.commission.value),
                                 std::to_string(amount),
                                 std::to_string(points_share.value),
                                 std::to_string(shipping_share.value),
                                 items,
                                 refund_id,
                                 adjusts,
                                 text_of(e.booked_at),
                                 text_of(record_->envelope.time)};
    }

    Findings& findings_;
    Rows& lines_table_;
    Rows& postings_;
    const Parts parts_;
    const events::Record* record_ = nullptr;
    std::set<std::pair<events::OrderId, events::SellerId>> sold_;
    std::set<std::pair<events::RefundId, events::SellerId>> adjusted_;
    std::set<events::SellerId> sellers_;
    std::set<events::SellerId> registered_;
    std::map<events::SellerId, std::vector<Line>> lines_;
    std::map<events::OrderId, std::int64_t> clearing_;
    std::int64_t sum_ = 0;
};

}  // namespace

void keep_settlement(const Story& story, const PaymentBooks& payments, Findings& findings, Tables& tables)
{
    Books books(story, findings, tables);
    for (const auto& partition : story.accepted.at("settlement")) {
        for (const auto* record : partition) books.see(*record);
    }
    books.compare(payments);
    auto& rows = tables["read_settlement.settlements"];
    for (const auto& [id, settlement] : books.settlements) {
        const auto& says = settlement.scheduled;
        rows[id.text()] = {says.seller_id.text(),
                           says.run_id.text(),
                           says.period,
                           text_of(says.since),
                           text_of(says.until),
                           std::to_string(says.sales.value),
                           std::to_string(says.commission.value),
                           std::to_string(says.refunds.value),
                           std::to_string(says.refunded_commission.value),
                           std::to_string(says.amount.value),
                           std::to_string(says.lines),
                           std::to_string(settlement.adjusted),
                           settlement.status,
                           settlement.held_because,
                           settlement.reference,
                           settlement.paid_at,
                           text_of(settlement.scheduled_at),
                           text_of(settlement.updated_at)};
    }
    auto& runs = tables["read_settlement.runs"];
    for (const auto& [id, run] : books.runs) {
        const auto over = run.completed.value_or(SettlementRunCompleted{});
        runs[id.text()] = {run.started.period,
                           text_of(run.started.until),
                           run.completed ? "completed" : "running",
                           std::to_string(over.sellers),
                           std::to_string(over.settled),
                           std::to_string(over.amount.value),
                           text_of(run.started_at),
                           run.completed ? text_of(run.completed_at) : null_text};
    }
}

}  // namespace jangteo::e2e
