// Writes exports in every format without a log: each stored sample of an event, the same with nothing in it that may be
// left out, and a small market whose figures are known.
//     export_samples SAMPLES FOLDER
#include "events/orders.hpp"
#include "ops/export/data.hpp"
#include "ops/export/export.hpp"
#include "ops/log/replay.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

namespace jangteo::ops::exporting {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

json::object least(const json::object& sample, const std::vector<Column>& columns)
{
    json::object kept;
    for (const auto& column : columns) {
        if (!column.required) continue;
        const auto& value = sample.at(column.name);
        if (column.kind == Kind::group) {
            kept[column.name] = least(value.as_object(), column.parts);
        } else if (column.kind == Kind::list) {
            kept[column.name] = json::array{};
        } else {
            kept[column.name] = value;
        }
    }
    return kept;
}

events::Record record_of(const Table& table, std::int64_t offset, std::string value)
{
    events::Record record;
    record.topic = table.context + ".events";
    record.partition = 3;
    record.offset = offset;
    record.envelope.id = events::uuid_v5(events::url_namespace, table.folder + std::to_string(offset));
    record.envelope.type = table.type;
    record.envelope.schema = table.schema;
    record.envelope.subject = events::to_string(record.envelope.id);
    record.envelope.time = events::Timestamp{1'768'746'600'123'456us};
    record.envelope.correlation_id = record.envelope.id;
    record.envelope.causation_id = events::url_namespace;
    if (offset % 2 == 0) record.envelope.actor = "user:1, \"the first\"";
    record.envelope.writer = events::url_namespace;
    record.envelope.sequence = offset + 1;
    record.envelope.command_offset = offset;
    record.value = std::move(value);
    return record;
}

std::string compact_sample(const fs::path& path)
{
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return json::serialize(json::parse(text));
}

void write_samples(const fs::path& samples, const std::vector<Table>& tables, Format format, const fs::path& to)
{
    Folder folder(to, {.format = format}, {});
    std::vector<Promised> promised;
    for (const auto& table : tables) {
        const auto sample = compact_sample(samples / table.schema.substr(std::string_view("/schemas/").size()));
        const auto smallest = json::serialize(least(json::parse(sample).as_object(), table.columns));
        const auto aside = std::to_string(promised.size());
        const auto file = make_file(format, table, folder.aside(aside));
        // Among many, so that lists, nulls and truths of neighbours meet; in more than one group of rows.
        for (std::int64_t i = 0; i < 40; ++i) {
            file->add(record_of(table, i, i % 3 == 1 ? smallest : sample));
            if (i == 24) file->let_go();
        }
        file->finish();
        promised.push_back({aside, file_name(table, 3, 0, 39, format)});
    }
    folder.take({"all", 3}, {}, promised, 40 * std::ssize(tables));
}

/// Days are Seoul's. On the first, buyer A buys from both sellers; on the second, A buys again and B for the first time; B
/// orders once more and does not pay.
class Market {
public:
    Market(const std::vector<Table>& tables, const fs::path& to) : tables_(tables), folder_(to, {}, {}) {}

    void open()
    {
        const auto first = *events::parse_iso8601("2026-01-17T15:00:00Z");  // Midnight.
        order(1, 'A', first, {{'X', 10'000}, {'Y', 5'000}});
        order(2, 'A', first + 24h, {{'X', 7'000}});
        order(3, 'B', first + 47h, {{'Y', 20'000}});
        order(4, 'B', first + 47h, {{'Y', 90'000}}, events::orders::CancelCause::unpaid);
        order(5, 'C', first + 47h, {{'X', 1'000}}, events::orders::CancelCause::buyer);
        std::vector<Promised> promised;
        for (auto& [aside, open] : files_) {
            open.file->finish();
            promised.push_back({aside, file_name(*open.table, 3, 0, offset_ - 1, Format::parquet)});
        }
        folder_.take({"orders.events", 3}, {.next = offset_}, promised, offset_);
    }

private:
    struct Open {
        const Table* table;
        std::unique_ptr<TableFile> file;
    };

    static events::Uuid named(char name) { return events::uuid_v5(events::url_namespace, std::string(1, name)); }

    void order(int number, char buyer, events::Timestamp placed_at, std::vector<std::pair<char, std::int64_t>> lines,
               std::optional<events::orders::CancelCause> cancelled = {})
    {
        const events::OrderId id{events::uuid_v5(events::url_namespace, "order " + std::to_string(number))};
        const events::UserId user{named(buyer)};
        events::orders::OrderAccepted accepted;
        accepted.order_id = id;
        accepted.order_number = "ORD-20260118-00A" + std::to_string(number);
        accepted.user_id = user;
        accepted.placed_at = placed_at;
        for (const auto& [seller, amount] : lines) {
            accepted.lines.push_back({{named('p')}, "컵", {amount}, {named(seller)}, 1, {amount}, {}});
            accepted.product_amount.value += amount;
        }
        accepted.total_amount = accepted.product_amount;
        add(accepted);
        if (cancelled) {
            events::orders::OrderCancelled given_up;
            given_up.order_id = id;
            given_up.user_id = user;
            given_up.reason = "…";
            given_up.cause = *cancelled;
            add(given_up);
        } else {
            add(events::orders::OrderConfirmed{id, user, {id.value}});
        }
    }

    template <class Event>
    void add(const Event& event)
    {
        const auto& table = *std::ranges::find(tables_, Event::type, &Table::type);
        auto& [of, file] = files_[std::string(Event::type)];
        if (!file) {
            of = &table;
            file = make_file(Format::parquet, table, folder_.aside(std::string(Event::type)));
        }
        file->add(record_of(table, offset_++, to_json(event)));
    }

    const std::vector<Table>& tables_;
    Folder folder_;
    std::map<std::string, Open> files_;
    std::int64_t offset_ = 0;
};

}  // namespace
}  // namespace jangteo::ops::exporting

int main(int argc, char** argv)
{
    using namespace jangteo::ops::exporting;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() != 2) {
        std::cerr << "export_samples SAMPLES FOLDER\n";
        return 2;
    }
    const auto tables = tables_of(jangteo::events::schema_files(), jangteo::ops::log::all_contexts());
    const std::filesystem::path to(arguments[1]);
    for (const auto format : {Format::parquet, Format::ndjson, Format::csv}) {
        write_samples(arguments[0], tables, format, to / name_of(format));
    }
    Market(tables, to / "market").open();
    return 0;
}
