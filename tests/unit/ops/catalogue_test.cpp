// The catalogue of messages says what the schemas and the lists of topics and targets say, and nothing else.
#include "ops/catalogue/catalogue.hpp"
#include "infra/kafka/topics.hpp"
#include "infra/rabbitmq/targets.hpp"

#include <gtest/gtest.h>
#include <array>
#include <boost/json.hpp>
#include <set>
#include <stdexcept>

namespace jangteo::ops::catalogue {
namespace {

namespace json = boost::json;

constexpr std::string_view mug_sold =
    R"({"$id":"/x","title":"MugSold","description":"A mug was sold.","type":"object","x-aggregate":"mugId",)"
    R"("required":["mugId"],"properties":{"mugId":{"$ref":"../shared/types.json#/$defs/ProductId"},)"
    R"("glaze":{"$ref":"types.json#/$defs/Glaze","description":"Of the outside."}}})";
constexpr std::string_view glazes = R"({"$defs":{"Glaze":{"type":"string","enum":["white","blue"]}}})";
constexpr std::string_view shared = R"({"$defs":{"ProductId":{"type":"string","format":"uuid","x-cpp":"ProductId"}}})";

json::value read(std::span<const events::SchemaFile> files, const Places& places)
{
    return json::parse(asyncapi(files, places));
}

TEST(Catalogue, says_where_a_message_is_said_and_what_is_in_it)
{
    const std::array files{events::SchemaFile{"mugs", "MugSold.event.v1.json", mug_sold},
                           events::SchemaFile{"mugs", "types.json", glazes},
                           events::SchemaFile{"shared", "types.json", shared}};
    const auto document = read(files, {.topics = {"mugs.events"}, .targets = {}});

    EXPECT_EQ(document.at_pointer("/channels/mugs.events/messages/mugs.MugSold/$ref"),
              "#/components/messages/mugs.MugSold");
    EXPECT_EQ(document.at_pointer("/components/messages/mugs.MugSold/name"), "jangteo.mugs.MugSold");
    const auto& payload = document.at_pointer("/components/schemas/mugs.MugSold");
    EXPECT_EQ(payload.at_pointer("/properties/mugId/$ref"), "#/components/schemas/shared.ProductId");
    EXPECT_EQ(payload.at_pointer("/properties/glaze/allOf/0/$ref"), "#/components/schemas/mugs.Glaze");
    EXPECT_EQ(payload.at_pointer("/properties/glaze/description"), "Of the outside.");
    EXPECT_EQ(payload.at_pointer("/x-aggregate"), "mugId");
    EXPECT_EQ(document.at_pointer("/components/schemas/shared.ProductId"),
              json::value({{"type", "string"}, {"format", "uuid"}}));
}

TEST(Catalogue, leaves_no_message_without_a_place_and_no_place_without_a_meaning)
{
    const std::array files{events::SchemaFile{"mugs", "MugSold.event.v1.json", mug_sold}};
    EXPECT_THROW(asyncapi(files, {.topics = {"cups.events"}, .targets = {}}), std::runtime_error);
    EXPECT_THROW(asyncapi(files, {.topics = {"mugs.events", "mugs.gossip"}, .targets = {}}), std::runtime_error);
}

TEST(Catalogue, has_every_message_of_this_house)
{
    Places places;
    for (const auto& topic : kafka::all_topics(1)) places.topics.push_back(topic.name);
    for (const auto& target : rabbitmq::all_targets()) places.targets.push_back(target.target);
    const auto document = read(events::schema_files(), places);

    std::size_t said = 0;
    std::set<std::string> references;
    for (const auto& [address, channel] : document.at("channels").as_object()) {
        for (const auto& [name, reference] : channel.at("messages").as_object()) {
            ++said;
            references.insert(std::string(name));
        }
    }
    EXPECT_GT(said, 0U);
    for (const auto& file : events::schema_files()) {
        if (file.name == "types.json") continue;
        const std::string key = std::string(file.context) + "." + std::string(file.name.substr(0, file.name.find('.')));
        EXPECT_TRUE(references.contains(key)) << key;
    }
}

}  // namespace
}  // namespace jangteo::ops::catalogue
