// A log of one partition per context in memory, and a projection folded from it.
#pragma once

#include "events/claims.hpp"
#include "events/identity.hpp"
#include "events/inquiries.hpp"
#include "events/inventory.hpp"
#include "events/members.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"
#include "projections/list.hpp"
#include "projections/runtime/memory_store.hpp"
#include "projections/runtime/values.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace jangteo::projections {

using namespace std::chrono_literals;

inline const events::Timestamp noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 18} + 12h;

template <class Id>
Id id(std::string_view name)
{
    return Id{events::uuid_v5(events::url_namespace, name)};
}

/// Accepted records of one context, in offset order.
class Log {
public:
    explicit Log(std::string context, std::int32_t partition = 0) : context_(std::move(context)), partition_(partition)
    {}

    template <class... Events>
    Log& happened(const Events&... events)
    {
        (append(std::string(Events::type), subject(events), to_json(events)), ...);
        return *this;
    }

    events::Record& append(std::string type, std::string aggregate, std::string value)
    {
        const auto offset = static_cast<std::int64_t>(records.size());
        auto& record = records.emplace_back();
        record.topic = events_topic(context_);
        record.partition = partition_;
        record.offset = offset;
        record.value = std::move(value);
        record.envelope.id = events::uuid_v5(events::url_namespace, record.topic + std::to_string(offset));
        record.envelope.type = std::move(type);
        record.envelope.subject = std::move(aggregate);
        record.envelope.time = noon + std::chrono::seconds(offset);
        record.envelope.writer = writer;
        record.envelope.sequence = record.envelope.type == events::taken_over_type ? 0 : ++sequence;
        record.envelope.command_offset = offset;
        return record;
    }

    void taken_over_by(const events::Uuid& heir)
    {
        writer = heir;
        sequence = 0;
        append(std::string(events::taken_over_type), "", "{}");
    }

    [[nodiscard]] Place place() const { return {context_, partition_}; }

    std::vector<events::Record> records;
    events::Uuid writer{};      ///< Of what comes next.
    std::int64_t sequence = 0;  ///< Of the last record of that writer.

private:
    static std::string subject(const events::claims::Event& event) { return subject_of(event); }
    static std::string subject(const events::identity::Event& event) { return subject_of(event); }
    static std::string subject(const events::inquiries::Event& event) { return subject_of(event); }
    static std::string subject(const events::members::Event& event) { return subject_of(event); }
    static std::string subject(const events::inventory::Event& event) { return subject_of(event); }
    static std::string subject(const events::orders::Event& event) { return subject_of(event); }
    static std::string subject(const events::payments::Event& event) { return subject_of(event); }
    static std::string subject(const events::points::Event& event) { return subject_of(event); }
    static std::string subject(const events::settlement::Event& event) { return subject_of(event); }
    static std::string subject(const events::shipping::Event& event) { return subject_of(event); }

    std::string context_;
    std::int32_t partition_;
};

/// Folds records into a store, as a fresh owner: nothing but the store is kept from one call to the next.
inline Batch fold(const ReadModel& model, MemoryStore& store, std::span<const events::Record> records,
                  std::size_t batch_size = 1'000'000)
{
    Projector projector(model, 4);
    Batch batch;
    for (std::size_t i = 0; i < records.size();) {
        const auto part = records.subspan(i, std::min(batch_size, records.size() - i));
        for (const auto& record : part) {
            const Place place{std::string(context_of(record.topic)), record.partition};
            if (!projector.opened(place)) projector.open(place, store.progress(place), store.parked_aggregates(place));
        }
        batch = projector.fold(part, store);
        EXPECT_TRUE(store.commit(batch));
        projector.settle(batch);
        i += part.size();
    }
    return batch;
}

/// All rows of a table, in the order of their keys.
template <class Row>
std::vector<Row> rows(const MemoryStore& store)
{
    std::vector<Row> rows;
    const auto table = store.tables().find(Row::table);
    if (table == store.tables().end()) return rows;
    for (const auto& [key, image] : table->second) rows.push_back(values::read_row<Row>(image));
    return rows;
}

}  // namespace jangteo::projections
