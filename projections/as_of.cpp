#include "projections/as_of.hpp"

#include "projections/list.hpp"
#include "projections/orders.hpp"
#include "projections/points.hpp"
#include "projections/runtime/memory_store.hpp"
#include "projections/runtime/values.hpp"

#include <algorithm>

namespace jangteo::projections {

namespace {

template <class Row>
std::optional<std::string> row_as_of(const ReadModel& model, std::span<const events::Record> events)
{
    if (events.empty()) return std::nullopt;
    MemoryStore nothing;
    const auto folding = model.folding(1);
    for (const auto& record : events) {
        folding->stage(
            record, {context_of(record.topic), record.partition, record.offset, record.envelope.time, record.envelope});
    }
    folding->load(nothing);
    for (std::size_t i = 0; i < events.size(); ++i) folding->apply(i);
    for (const auto& changes : folding->changes()) {
        if (changes.table->name != Row::table || changes.rows.count != 1) continue;
        std::string json;
        values::write_json(json, values::read_row<Row>(changes.rows.bytes));
        return json;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> order_as_of(std::span<const events::Record> events)
{
    return row_as_of<orders::Order>(orders::model(), events);
}

std::optional<std::string> account_as_of(std::span<const events::Record> events)
{
    return row_as_of<points::Account>(points::model(), events);
}

}  // namespace jangteo::projections
