// However a log is cut into batches, whoever folds them and however often a part is read again: the rows are the same.
#include "projections/orders.hpp"
#include "projections/points.hpp"
#include "projections/stock.hpp"
#include "tests/unit/projections/log.hpp"

#include <rapidcheck/gtest.h>

namespace jangteo::projections {
namespace {

template <class Id>
Id one_of(std::string_view kind, int count)
{
    return id<Id>(std::string(kind) + std::to_string(*rc::gen::inRange(0, count)));
}

std::int64_t amount()
{
    return *rc::gen::inRange<std::int64_t>(0, 5);
}

void add_stock(Log& log)
{
    using namespace events::inventory;
    const auto product = one_of<events::ProductId>("product", 3);
    const auto order = one_of<events::OrderId>("order", 3);
    const auto seller = one_of<events::SellerId>("seller", 2);
    switch (*rc::gen::inRange(0, 5)) {
        case 0: log.happened(StockReceived{product, amount(), amount(), amount(), "r"}); break;
        case 1: log.happened(OfferSet{product, "name", {amount()}, seller, amount()}); break;
        case 2:
            log.happened(StockHeld{product, order, amount(), "n", {amount()}, seller, amount(), amount(), true});
            break;
        case 3: log.happened(StockReleased{product, order, amount(), amount(), amount()}); break;
        default: log.append("jangteo.inventory.Unheard", product.text(), "{}"); break;
    }
}

void add_points(Log& log)
{
    using namespace events::points;
    const auto user = one_of<events::UserId>("user", 3);
    const auto lot = one_of<events::LotId>("lot", 3);
    const auto order = one_of<events::OrderId>("order", 3);
    const auto value = amount() + 1;
    if (*rc::gen::inRange(0, 3) != 0) {
        log.happened(PointsEarned{user, lot, {value}, PointSource::event, {}, {}, "d", noon, {amount()}});
    } else {  // Often of a lot that does not have so much: then the member is parked.
        log.happened(PointsSpent{user, order.value, order, {value}, {{lot, {value}}}, "d", {amount()}});
    }
}

void add_order(Log& log)
{
    using namespace events::orders;
    const auto order = one_of<events::OrderId>("order", 6);
    const auto user = one_of<events::UserId>("user", 2);
    const auto product = one_of<events::ProductId>("product", 2);
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
        case 1: log.happened(OrderPlaced{order, "ORD", user, {{product, amount(), {}}}, {}, {amount()}}); break;
        case 2: log.happened(OrderRefused{order, user, "PROD_002", events::Json{"{}"}}); break;
        default: log.happened(OrderCancelled{order, user, "r", CancelCause::unpaid, {}, {amount()}}); break;
    }
}

/// Owners come and go: markers, late records of former owners, second outcomes of a command.
void add_some_dead_records(Log& log)
{
    std::int64_t sequence = 0;
    for (std::size_t i = 0; i < log.records.size(); ++i) {
        auto& envelope = log.records[i].envelope;
        envelope.sequence = ++sequence;
        switch (*rc::gen::inRange(0, 12)) {
            case 0:
                envelope.type = events::taken_over_type;
                envelope.writer = log.writer = events::uuid_v5(log.writer, "heir");
                envelope.sequence = sequence = 0;
                break;
            case 1:
                envelope.writer = events::uuid_v5(events::url_namespace, "former");
                --sequence;
                break;
            case 2:
                envelope.writer = log.writer;
                envelope.command_offset -= 1;
                --sequence;
                break;
            default: envelope.writer = log.writer; break;
        }
    }
}

struct Case {
    const ReadModel& model;
    std::string context;
    void (*add)(Log&);
};
const std::vector<Case>& cases()
{
    static const std::vector<Case> all = {{stock::model(), "inventory", add_stock},
                                          {points::model(), "points", add_points},
                                          {orders::model(), "orders", add_order}};
    return all;
}

/// Records of two partitions, dealt out at random; in each partition in their order.
std::vector<events::Record> any_records(const Case& c)
{
    Log first(c.context, 0);
    Log second(c.context, 1);
    for (auto* log : {&first, &second}) {
        for (int n = *rc::gen::inRange(0, 25); n > 0; --n) c.add(*log);
        add_some_dead_records(*log);
    }
    std::vector<events::Record> records;
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < first.records.size() || k < second.records.size()) {
        const bool take_first = k == second.records.size() || (i < first.records.size() && *rc::gen::arbitrary<bool>());
        records.push_back(take_first ? first.records[i++] : second.records[k++]);
    }
    return records;
}

std::vector<std::pair<std::int64_t, std::string>> parked_of(const MemoryStore& store)
{
    std::vector<std::pair<std::int64_t, std::string>> parked;
    for (const auto& p : store.parked()) parked.emplace_back(p.offset * 2 + p.place.partition, p.aggregate + p.reason);
    std::sort(parked.begin(), parked.end());
    return parked;
}

RC_GTEST_PROP(Fold, of_batches_equals_one_by_one, ())
{
    for (const auto& c : cases()) {
        const auto records = any_records(c);
        MemoryStore one_by_one;
        MemoryStore in_batches;
        MemoryStore at_once;
        fold(c.model, one_by_one, records, 1);
        fold(c.model, in_batches, records, *rc::gen::inRange<std::size_t>(2, 9));
        fold(c.model, at_once, records);
        RC_ASSERT(one_by_one.tables() == in_batches.tables());
        RC_ASSERT(one_by_one.tables() == at_once.tables());
        RC_ASSERT(parked_of(one_by_one) == parked_of(in_batches));
        RC_ASSERT(parked_of(one_by_one) == parked_of(at_once));
    }
}

RC_GTEST_PROP(Fold, a_prefix_read_again_from_its_checkpoint_changes_nothing, ())
{
    for (const auto& c : cases()) {
        const auto records = any_records(c);
        const auto prefix = std::span(records).first(*rc::gen::inRange<std::size_t>(0, records.size() + 1));
        MemoryStore store;
        fold(c.model, store, prefix);
        const auto tables = store.tables();
        RC_ASSERT(fold(c.model, store, prefix).empty());
        RC_ASSERT(store.tables() == tables);

        MemoryStore at_once;
        fold(c.model, store, records);  // The prefix comes a third time, and then the rest.
        fold(c.model, at_once, records);
        RC_ASSERT(store.tables() == at_once.tables());
        RC_ASSERT(parked_of(store) == parked_of(at_once));
    }
}

}  // namespace
}  // namespace jangteo::projections
