// Every message that was ever shipped can still be read, and is written as it always was. The samples stay for ever.
#include "events/claims.hpp"
#include "events/codec.hpp"
#include "events/identity.hpp"
#include "events/inquiries.hpp"
#include "events/inventory.hpp"
#include "events/members.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/record.hpp"
#include "events/sagas.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace jangteo::events {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::object parsed_file(const fs::path& path)
{
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return json::parse(text).as_object();
}

/// What the codec makes of a message: all that its record says of it.
struct Read {
    std::string type;
    std::string schema;
    std::string subject;
    json::value written_again;
};

template <class Message>
Read read_of(const Message& message)
{
    return {std::string(type_of(message)), std::string(schema_of(message)), subject_of(message),
            json::parse(to_json(message))};
}

using Reader = std::function<Read(const std::string& type, const std::string& json)>;

/// A context is read here, or its samples fail.
const std::map<std::string, Reader> readers{
    {"claims.command", [](auto& type, auto& text) { return read_of(claims::decode_command(type, text)); }},
    {"claims.event", [](auto& type, auto& text) { return read_of(claims::decode_event(type, text)); }},
    {"identity.command", [](auto& type, auto& text) { return read_of(identity::decode_command(type, text)); }},
    {"identity.event", [](auto& type, auto& text) { return read_of(identity::decode_event(type, text)); }},
    {"inquiries.command", [](auto& type, auto& text) { return read_of(inquiries::decode_command(type, text)); }},
    {"inquiries.event", [](auto& type, auto& text) { return read_of(inquiries::decode_event(type, text)); }},
    {"inventory.command", [](auto& type, auto& text) { return read_of(inventory::decode_command(type, text)); }},
    {"inventory.event", [](auto& type, auto& text) { return read_of(inventory::decode_event(type, text)); }},
    {"members.command", [](auto& type, auto& text) { return read_of(members::decode_command(type, text)); }},
    {"members.event", [](auto& type, auto& text) { return read_of(members::decode_event(type, text)); }},
    {"orders.command", [](auto& type, auto& text) { return read_of(orders::decode_command(type, text)); }},
    {"orders.event", [](auto& type, auto& text) { return read_of(orders::decode_event(type, text)); }},
    {"payments.command", [](auto& type, auto& text) { return read_of(payments::decode_command(type, text)); }},
    {"payments.event", [](auto& type, auto& text) { return read_of(payments::decode_event(type, text)); }},
    {"payments.task", [](auto& type, auto& text) { return read_of(payments::decode_task(type, text)); }},
    {"points.command", [](auto& type, auto& text) { return read_of(points::decode_command(type, text)); }},
    {"points.event", [](auto& type, auto& text) { return read_of(points::decode_event(type, text)); }},
    {"sagas.event", [](auto& type, auto& text) { return read_of(sagas::decode_event(type, text)); }},
    {"settlement.command", [](auto& type, auto& text) { return read_of(settlement::decode_command(type, text)); }},
    {"settlement.event", [](auto& type, auto& text) { return read_of(settlement::decode_event(type, text)); }},
    {"shipping.command", [](auto& type, auto& text) { return read_of(shipping::decode_command(type, text)); }},
    {"shipping.event", [](auto& type, auto& text) { return read_of(shipping::decode_event(type, text)); }},
};

/// A schema file of a context, such as `inventory/StockHeld.event.v1.json`.
struct Schema {
    fs::path path;

    [[nodiscard]] std::string context() const { return path.parent_path().filename(); }
    [[nodiscard]] std::string name() const
    {
        const std::string file = path.filename();
        return file.substr(0, file.find('.'));
    }
    [[nodiscard]] std::string kind() const
    {
        const std::string file = path.filename();
        const auto begin = file.find('.') + 1;
        return file.substr(begin, file.find('.', begin) - begin);
    }
    [[nodiscard]] json::object text() const { return parsed_file(path); }
    [[nodiscard]] fs::path sample_path() const { return fs::path(SAMPLES_FOLDER) / context() / path.filename(); }
    [[nodiscard]] json::object sample() const { return parsed_file(sample_path()); }
    [[nodiscard]] Read read(const json::value& message) const
    {
        return readers.at(context() + "." + kind())("jangteo." + context() + "." + name(), json::serialize(message));
    }
    [[nodiscard]] bool requires_(std::string_view property) const
    {
        const auto schema = text();
        for (const auto& name : schema.at("required").as_array()) {
            if (name.as_string() == property) return true;
        }
        return false;
    }
};

std::vector<Schema> schemas()
{
    std::vector<Schema> found;
    for (const auto& entry : fs::recursive_directory_iterator(SCHEMAS_FOLDER)) {
        const auto folder = entry.path().parent_path();
        if (!entry.is_regular_file() || folder == SCHEMAS_FOLDER || folder.filename() == "shared") continue;
        if (entry.path().filename() != "types.json") found.push_back({entry.path()});
    }
    return found;
}

class Sample : public testing::TestWithParam<Schema> {};

INSTANTIATE_TEST_SUITE_P(Of, Sample, testing::ValuesIn(schemas()),
                         [](const auto& one) { return one.param.context() + "_" + one.param.name(); });

TEST_P(Sample, is_stored)
{
    ASSERT_TRUE(fs::exists(GetParam().sample_path()))
        << "Store a sample with every field of the message as " << GetParam().sample_path();
    const auto schema = GetParam().text();
    for (const auto& property : schema.at("properties").as_object()) {
        EXPECT_TRUE(GetParam().sample().contains(property.key())) << property.key() << " is not in the sample";
    }
}

TEST_P(Sample, is_read_and_written_again_without_loss)
{
    const auto sample = GetParam().sample();
    const auto read = GetParam().read(sample);
    EXPECT_EQ(read.written_again, sample);
    EXPECT_EQ(read.type, "jangteo." + GetParam().context() + "." + GetParam().name());
    EXPECT_EQ(read.schema, GetParam().text().at("$id").as_string());
    const auto key = GetParam().text().at("x-aggregate").as_string();
    EXPECT_EQ(read.subject, sample.at(key).as_string());
}

TEST_P(Sample, is_read_without_its_optional_fields)
{
    auto sample = GetParam().sample();
    for (const auto& property : GetParam().sample()) {
        if (!GetParam().requires_(property.key())) sample.erase(property.key());
    }
    EXPECT_EQ(GetParam().read(sample).written_again, sample);
}

TEST_P(Sample, is_read_with_fields_that_a_newer_writer_adds)
{
    auto sample = GetParam().sample();
    sample["addedLater"] = {{"anything", 1}};
    EXPECT_EQ(GetParam().read(sample).written_again, GetParam().sample());
}

TEST_P(Sample, is_not_read_without_a_required_field)
{
    for (const auto& property : GetParam().sample()) {
        if (!GetParam().requires_(property.key())) continue;
        auto sample = GetParam().sample();
        sample.erase(property.key());
        try {
            (void)GetParam().read(sample);
            ADD_FAILURE() << "read without " << property.key();
        } catch (const DecodeError& error) {
            EXPECT_EQ(error.path(), property.key());
            EXPECT_EQ(error.problem(), "is missing");
        }
    }
}

TEST_P(Sample, is_not_read_with_a_field_of_another_type)
{
    for (const auto& property : GetParam().sample()) {
        if (property.key() == "details" || property.key() == "wantedOptions") continue;  // Any JSON value will do.
        for (const auto& wrong : {json::value(nullptr), json::value(1.5)}) {
            auto sample = GetParam().sample();
            sample[property.key()] = wrong;
            try {
                (void)GetParam().read(sample);
                ADD_FAILURE() << "read with " << property.key() << " = " << json::serialize(wrong);
            } catch (const DecodeError& error) {
                EXPECT_EQ(error.path(), property.key());
            }
        }
    }
}

TEST(Samples, each_belong_to_a_schema)
{
    for (const auto& entry : fs::recursive_directory_iterator(SAMPLES_FOLDER)) {
        if (!entry.is_regular_file()) continue;
        const auto schema = fs::path(SCHEMAS_FOLDER) / fs::relative(entry.path(), SAMPLES_FOLDER);
        EXPECT_TRUE(fs::exists(schema)) << entry.path() << " was shipped: bring its schema back";
    }
}

TEST(Samples, a_refused_command_is_read_and_written_again_without_loss)
{
    const auto sample = parsed_file(fs::path(SAMPLES_FOLDER) / "shared/CommandRejected.event.v1.json");
    const auto rejection = rejection_from_json(json::serialize(sample));
    EXPECT_EQ(json::parse(rejection_to_json(rejection, sample.at("command").as_string())), sample);
}

}  // namespace
}  // namespace jangteo::events
