#include "events/inventory.hpp"
#include "tests/e2e/checker/checker.hpp"

namespace jangteo::e2e {

namespace {

using namespace events::inventory;

struct Item {
    bool offered = false;
    bool known = false;
    std::string name;
    std::int64_t unit_price = 0;
    events::SellerId seller_id;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t threshold = 10;
    events::Timestamp updated_at{};
    std::map<events::OrderId, std::int64_t> holds;

    [[nodiscard]] std::int64_t available() const { return on_hand - reserved; }
    [[nodiscard]] bool low() const { return available() <= threshold; }
};

class Books {
public:
    Books(Findings& findings, Tables& tables) : findings_(findings), movements_(tables["read_stock.movements"]) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return refused();
        std::visit([&](const auto& event) { apply(event); }, decode_event(record.envelope.type, record.value));
    }

    std::map<events::ProductId, Item> items;
    StockBooks books;

private:
    void wrong(const std::string& what)
    {
        findings_.add(place_of(*record_) + " " + record_->envelope.type + ": " + what);
    }

    /// The numbers of the event must be those that follow; nothing is ever below zero.
    template <class Event>
    void moved(const Event& e, std::int64_t on_hand_by, std::int64_t reserved_by, std::int64_t quantity,
               std::optional<events::OrderId> order = {}, std::optional<std::string> reason = {})
    {
        Item& item = items[e.product_id];
        item.known = true;
        item.on_hand += on_hand_by;
        item.reserved += reserved_by;
        item.updated_at = record_->envelope.time;
        if (e.on_hand != item.on_hand) wrong("on hand does not follow from the log");
        if (e.reserved != item.reserved) wrong("reserved does not follow from the log");
        if (item.reserved < 0 || item.on_hand < item.reserved)
            wrong("more is reserved than there is, or less than nothing");
        if constexpr (requires { e.low_stock; }) {
            if (e.low_stock != item.low()) wrong("low stock is told wrong");
        }
        const auto type = record_->envelope.type.substr(record_->envelope.type.rfind('.') + 1);
        const auto number = [](auto value) { return std::to_string(value); };
        movements_[number(record_->partition) + "/" + number(record_->offset)] = {
            e.product_id.text(),        type,
            number(quantity),           number(e.on_hand),
            number(e.reserved),         order ? order->text() : null_text,
            reason.value_or(null_text), text_of(record_->envelope.time)};
    }

    template <class Event>
    void offered(const Event& e)
    {
        Item& item = items[e.product_id];
        item.offered = item.known = true;
        item.name = e.name;
        item.unit_price = e.unit_price.value;
        item.seller_id = e.seller_id;
        item.updated_at = record_->envelope.time;
    }

    void apply(const StockReceived& e) { moved(e, e.quantity, 0, e.quantity, {}, e.reason); }
    void apply(const StockAdjusted& e) { moved(e, e.delta, 0, e.delta, {}, e.reason); }
    void apply(const StockRestored& e)
    {
        books.bought[e.order_id][e.product_id] -= e.quantity;
        moved(e, e.quantity, 0, e.quantity, e.order_id, e.reason);
    }
    void apply(const OfferSet& e)
    {
        offered(e);
        items[e.product_id].threshold = e.low_stock_threshold;
    }
    void apply(const ItemPut& e)
    {
        const auto before = items[e.product_id].on_hand;
        if (e.previous_on_hand != before) wrong("the former count does not follow from the log");
        offered(e);
        moved(e, e.on_hand - before, 0, e.on_hand - before);
    }
    void apply(const StockHeld& e)
    {
        Item& item = items[e.product_id];
        if (!item.offered) wrong("is held without an offer");
        if (item.offered &&
            (e.name != item.name || e.unit_price.value != item.unit_price || e.seller_id != item.seller_id)) {
            wrong("is held at another offer than that in force");
        }
        if (e.quantity < 1) wrong("nothing is held");
        if (e.quantity > item.available()) wrong("is held though there is not enough");
        if (!item.holds.emplace(e.order_id, e.quantity).second) wrong("is held twice for one order");
        auto& held = books.by_order[e.order_id][e.product_id];
        held.quantity += e.quantity;
        ++held.times;
        held.name = e.name;
        held.unit_price = e.unit_price.value;
        held.seller_id = e.seller_id;
        moved(e, 0, e.quantity, e.quantity, e.order_id);
    }
    void apply(const StockReleased& e)
    {
        end_hold(e);
        moved(e, 0, -e.quantity, e.quantity, e.order_id);
    }
    void apply(const StockDeducted& e)
    {
        end_hold(e);
        books.bought[e.order_id][e.product_id] += e.quantity;
        moved(e, -e.quantity, -e.quantity, e.quantity, e.order_id);
    }

    template <class Event>
    void end_hold(const Event& e)
    {
        auto& holds = items[e.product_id].holds;
        const auto hold = holds.find(e.order_id);
        if (hold == holds.end()) return wrong("ends a hold that there is not");
        if (hold->second != e.quantity) wrong("ends a hold with another quantity");
        holds.erase(hold);
        books.by_order[e.order_id][e.product_id].quantity -= e.quantity;
    }

    /// A refusal must have been right when it was given.
    void refused()
    {
        const auto id = events::ProductId::parse(record_->envelope.subject);
        if (!id) return wrong("is of no product");
        const Item& item = items[*id];
        const auto rejection = events::rejection_from_json(record_->value);
        const auto detail = [&](const char* name) {
            const auto found = rejection.details.find(name);
            return found == rejection.details.end() ? -1 : std::get<std::int64_t>(found->second);
        };
        if (rejection.code == "PROD_002") {
            if (detail("available") != item.available()) wrong("refuses with another amount than was available");
            if (detail("requested") <= item.available()) wrong("refuses though there was enough");
        } else if (rejection.code == "PROD_001") {
            if (item.offered) wrong("does not know a product that is offered");
        }
    }

    Findings& findings_;
    Rows& movements_;
    const events::Record* record_ = nullptr;
};

}  // namespace

StockBooks keep_stock(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings, tables);
    for (const auto& partition : story.accepted.at("inventory")) {
        for (const auto* record : partition) books.see(*record);
    }
    auto& rows = tables["read_stock.stock"];
    for (const auto& [id, item] : books.items) {
        if (!item.known) continue;  // Only asked for, and refused.
        rows[id.text()] = {item.name,
                           std::to_string(item.unit_price),
                           item.seller_id.text(),
                           std::to_string(item.on_hand),
                           std::to_string(item.reserved),
                           item.low() ? "true" : "false",
                           std::to_string(item.threshold),
                           text_of(item.updated_at)};
        std::int64_t sum = 0;
        for (const auto& [order, quantity] : item.holds) sum += quantity;
        findings.want(sum == item.reserved, "product ", id.text(), ": reserved is not the sum of its holds");
    }
    return std::move(books.books);
}

}  // namespace jangteo::e2e
