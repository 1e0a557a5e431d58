// What an export's tables look like, and that its folder is whole after a stop at any place. That the files say what the
// log says is asked of other people's readers: tests/export.
#include "ops/export/export.hpp"
#include "events/orders.hpp"
#include "ops/export/data.hpp"
#include "ops/export/leaf.hpp"
#include "ops/log/replay.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace jangteo::ops::exporting {
namespace {

namespace fs = std::filesystem;

const Column* find(const std::vector<Column>& columns, std::string_view name)
{
    const auto found = std::ranges::find(columns, name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

TEST(ExportColumns, come_from_the_schemas)
{
    constexpr std::string_view sold =
        R"({"required":["mugId","lines"],"properties":{"mugId":{"$ref":"../shared/types.json#/$defs/Id"},)"
        R"("lines":{"type":"array","items":{"$ref":"types.json#/$defs/Line"}},"paid":{"type":"boolean"},)"
        R"("note":{"x-cpp":"Json"}}})";
    constexpr std::string_view types =
        R"({"$defs":{"Line":{"type":"object","required":["count"],"properties":{"count":{"type":"integer"},)"
        R"("glaze":{"$ref":"#/$defs/Glaze"}}},"Glaze":{"type":"string","enum":["white","blue"]}}})";
    constexpr std::string_view shared = R"({"$defs":{"Id":{"type":"string","format":"uuid"}}})";
    const std::array files{events::SchemaFile{"mugs", "Sold.event.v1.json", sold},
                           events::SchemaFile{"mugs", "Sell.command.v1.json", "{}"},
                           events::SchemaFile{"mugs", "types.json", types},
                           events::SchemaFile{"shared", "types.json", shared}};
    const std::vector<std::string> contexts{"mugs"};
    const auto tables = tables_of(files, contexts);
    ASSERT_EQ(tables.size(), 1U) << "a command is no event";
    EXPECT_EQ(tables[0].type, "jangteo.mugs.Sold");
    EXPECT_EQ(tables[0].folder, "mugs/Sold");
    const auto& columns = tables[0].columns;
    ASSERT_EQ(columns.size(), 4U);
    EXPECT_EQ(columns[0].kind, Kind::id);
    EXPECT_TRUE(columns[0].required);
    ASSERT_EQ(columns[1].kind, Kind::list);
    const auto& line = columns[1].parts.at(0);
    ASSERT_EQ(line.kind, Kind::group);
    EXPECT_EQ(line.parts.at(0).kind, Kind::integer);
    EXPECT_EQ(line.parts.at(1).kind, Kind::text);
    EXPECT_FALSE(line.parts.at(1).required);
    EXPECT_EQ(columns[2].kind, Kind::truth);
    EXPECT_FALSE(columns[2].required);
    EXPECT_EQ(columns[3].kind, Kind::json);
}

TEST(ExportColumns, are_there_for_every_event_of_this_house_and_for_refusals)
{
    const auto contexts = log::all_contexts();
    const auto tables = tables_of(events::schema_files(), contexts);
    std::set<std::string> folders;
    for (const auto& table : tables) {
        EXPECT_TRUE(folders.insert(table.folder).second) << table.folder;
        for (const auto& column : table.columns) {
            EXPECT_EQ(column.name.find('_'), std::string::npos) << "could be the name of an envelope's column";
        }
    }
    for (const auto& context : contexts) EXPECT_TRUE(folders.contains(context + "/CommandRejected")) << context;
    for (const auto& file : events::schema_files()) {
        const auto end = file.name.find(".event.");
        if (end == std::string_view::npos || file.context == "sagas" || file.context == "shared") continue;
        const auto folder = std::string(file.context) + "/" + std::string(file.name.substr(0, end));
        EXPECT_TRUE(folders.contains(folder)) << folder;
    }
    for (const auto& [column, of] : envelope_columns()) EXPECT_NE(column.name.find('_'), std::string::npos);
    const auto placed = std::ranges::find(tables, "orders/OrderPlaced", &Table::folder);
    EXPECT_EQ(find(placed->columns, "lines")->parts.at(0).kind, Kind::group);
}

TEST(ExportLevels, are_runs_with_their_length_in_front)
{
    Levels levels;
    for (int i = 0; i < 200; ++i) levels.add(1);
    levels.add(0);
    // 200 twice is 400: 0x90 0x03.
    EXPECT_EQ(levels.take(), std::string("\x05\0\0\0\x90\x03\x01\x02\0", 9));
    levels.add(2);
    EXPECT_EQ(levels.take(), std::string("\x02\0\0\0\x02\x02", 6)) << "nothing is left of the former page";
}

class ExportFolder : public testing::Test {
public:
    ExportFolder() : path(fs::temp_directory_path() / ("jangteo-export-" + events::to_string(events::random_uuid()))) {}
    ~ExportFolder() override { fs::remove_all(path); }

    static void write(const fs::path& file, const std::string& text)
    {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    static std::string read(const fs::path& file)
    {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// Files that analysts see.
    [[nodiscard]] std::set<std::string> seen() const
    {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            const auto name = entry.path().lexically_relative(path).string();
            if (entry.is_regular_file() && !name.starts_with('.') && name != "manifest.json") names.insert(name);
        }
        return names;
    }

    const fs::path path;
    const Selection all{.format = Format::ndjson};
    const kafka::TopicPartition place{"orders.events", 3};
    const Reached there{120, {events::random_uuid(), 118, 119}};
    const std::string one = "orders/OrderPlaced/3-000000000000-000000000119.ndjson";
    const std::string other = "orders/OrderAccepted/3-000000000000-000000000119.ndjson";
};

TEST_F(ExportFolder, names_files_by_partition_and_offsets)
{
    const Table table{"orders", "jangteo.orders.OrderPlaced", "orders/OrderPlaced", "", {}};
    EXPECT_EQ(file_name(table, 3, 0, 119, Format::ndjson), one);
    EXPECT_EQ(file_name(table, 12, 1'000'000, 1'999'999, Format::parquet),
              "orders/OrderPlaced/12-000001000000-000001999999.parquet");
}

TEST_F(ExportFolder, remembers_how_far_it_has_come)
{
    {
        Folder folder(path, all, {});
        write(folder.aside("a"), "first");
        folder.take(place, there, {{"a", one}}, 7);
    }
    EXPECT_EQ(seen(), std::set<std::string>{one});
    EXPECT_EQ(read(path / one), "first");
    const Folder again(path, all, {});
    const auto& reached = again.manifest().reached.at(place);
    EXPECT_EQ(reached.next, 120);
    EXPECT_EQ(reached.rule.writer(), there.rule.writer());
    EXPECT_EQ(reached.rule.last_command_offset(), 118);
    EXPECT_EQ(reached.rule.last_sequence(), 119);
    EXPECT_EQ(again.manifest().events, 7);
    EXPECT_EQ(again.manifest().files, 1);
}

TEST_F(ExportFolder, throws_away_what_was_written_when_the_step_was_not_taken)
{
    {
        const Folder folder(path, all, {});
        write(folder.aside("a"), "hal");
        write(path / "manifest.json.next", "{\"vers");
    }
    const Folder again(path, all, {});
    EXPECT_TRUE(again.manifest().reached.empty());
    EXPECT_TRUE(fs::is_empty(path / ".writing"));
}

/// Stopped between the manifest and the last of the names.
TEST_F(ExportFolder, gives_files_the_names_that_the_manifest_has_promised)
{
    {
        const Folder folder(path, all, {});
        write(folder.aside("a"), "first");
        write(folder.aside("of a step that was not taken"), "x");
        write(path / other, "second");  // This one has had its name already.
        Manifest manifest{.selection = all, .reached = {{place, there}}, .promised = {{"a", one}, {"b", other}}};
        write(path / "manifest.json", json_of(manifest));
    }
    const Folder again(path, all, {});
    EXPECT_EQ(seen(), (std::set<std::string>{one, other}));
    EXPECT_EQ(read(path / one), "first");
    EXPECT_EQ(read(path / other), "second");
    EXPECT_EQ(again.manifest().reached.at(place).next, 120);
}

TEST_F(ExportFolder, stays_an_export_of_the_same)
{
    const auto begins = events::parse_iso8601("2026-01-18T14:30:00Z");
    {
        const Folder folder(path, {.format = Format::csv, .types = {"OrderPlaced"}, .from = "2d"}, begins);
    }
    EXPECT_EQ(Folder::look(path)->begins, begins) << "two days ago is another moment tomorrow";
    EXPECT_THROW(Folder(path, {.format = Format::csv}, {}), Refused);
    EXPECT_THROW(Folder(path, {.format = Format::parquet, .types = {"OrderPlaced"}, .from = "2d"}, begins), Refused);
}

TEST_F(ExportFolder, is_no_folder_with_other_things_and_no_other_exports_folder)
{
    EXPECT_EQ(Folder::look(path), std::nullopt) << "not there yet";
    {
        const Folder folder(path, all, {});
        EXPECT_THROW(Folder(path, all, {}), Refused) << "one at a time";
    }
    write(path / "manifest.json", "{}");
    EXPECT_THROW(Folder(path, all, {}), Refused);
    fs::remove(path / "manifest.json");
    fs::remove(path / ".lock");
    write(path / "letters.txt", "dear");
    EXPECT_THROW(Folder(path, all, {}), Refused);
    EXPECT_FALSE(fs::exists(path / ".lock"));
    EXPECT_EQ(read(path / "letters.txt"), "dear");
}

class ExportFile : public ExportFolder {
public:
    ExportFile() { fs::create_directories(path); }

    static events::Record placed()
    {
        events::Record record;
        record.topic = "orders.events";
        record.partition = 3;
        record.offset = 17;
        record.envelope.type = "jangteo.orders.OrderRefused";
        record.envelope.subject = "3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12";
        record.envelope.time = *events::parse_iso8601("2026-01-18T14:30:00Z");
        record.envelope.sequence = 9;
        record.value = R"({"orderId":"3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12",)"
                       R"("userId":"3f0c2a1e-7b64-5d8f-9c03-5a1b2c3d4e13","code":"a \"b\", c","details":{"x":[1]}})";
        return record;
    }
    std::string written(Format format, const events::Record& record)
    {
        const auto tables = tables_of(events::schema_files(), log::all_contexts());
        const auto file =
            make_file(format, *std::ranges::find(tables, record.envelope.type, &Table::type), path / "file");
        file->add(record);
        const auto size = file->finish();
        EXPECT_EQ(size, static_cast<std::int64_t>(fs::file_size(path / "file")));
        return read(path / "file");
    }
};

TEST_F(ExportFile, is_lines_of_json_or_of_csv)
{
    const auto ndjson = written(Format::ndjson, placed());
    EXPECT_TRUE(ndjson.starts_with(R"({"event_id":"00000000-0000-0000-0000-000000000000","event_type":)"));
    EXPECT_TRUE(ndjson.ends_with(R"("code":"a \"b\", c","details":{"x":[1]}})"
                                 "\n"));
    EXPECT_NE(ndjson.find(R"("log_partition":3,"log_offset":17,)"), std::string::npos) << ndjson;
    const auto csv = written(Format::csv, placed());
    EXPECT_NE(csv.find(",command_offset,orderId,userId,code,details\r\n"), std::string::npos) << csv;
    EXPECT_TRUE(csv.ends_with(R"(,3f0c2a1e-7b64-5d8f-9c03-5a1b2c3d4e13,"a ""b"", c","{""x"":[1]}")"
                              "\r\n"))
        << csv;
    EXPECT_NE(csv.find(",2026-01-18T14:30:00Z,"), std::string::npos) << csv;
}

TEST_F(ExportFile, takes_nothing_that_its_schema_does_not_know)
{
    for (const auto format : {Format::parquet, Format::csv}) {
        auto newer = placed();
        newer.value.insert(1, R"("mood":"sad",)");
        EXPECT_THROW(written(format, newer), NotOfItsSchema);
        auto older = placed();
        older.value = R"({"orderId":"3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12"})";
        EXPECT_THROW(written(format, older), NotOfItsSchema);
        auto wrong = placed();
        wrong.value.replace(wrong.value.find(R"("a \"b\", c")"), 11, "17");
        EXPECT_THROW(written(format, wrong), NotOfItsSchema);
    }
    auto torn = placed();
    torn.value = "{\"a\":\n1}";
    EXPECT_THROW(written(Format::ndjson, torn), NotOfItsSchema);
}

/// Seen with a week of orders: memory that is used again without being made anew grows twofold with each large event.
TEST(ExportData, is_read_in_bounded_memory_however_many_large_events_there_are)
{
    Data data;
    const std::string large = R"({"text":")" + std::string(20'000, 'x') + "\"}";
    for (int i = 0; i < 1'000; ++i) ASSERT_EQ(data.parse(large).at("text").as_string().size(), 20'000U);
}

}  // namespace
}  // namespace jangteo::ops::exporting
