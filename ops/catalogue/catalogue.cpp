#include "ops/catalogue/catalogue.hpp"

#include "events/record.hpp"
#include "events/schema_components.hpp"

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace jangteo::ops::catalogue {

namespace json = boost::json;

namespace {

constexpr std::string_view about =
    "What is said in Jangteo: commands, events and tasks. Each record is a CloudEvent in Kafka's binary mode, keyed by "
    "its aggregate. Readers of events take what the readers' rule accepts: records of the last marker's writer, "
    "command "
    "offsets rising, the sequence unbroken.";

/// What the messages of this folder say can be said in every context's log: `jangteo.CommandRejected`.
constexpr std::string_view every_context = "shared";

/// A message by the name of its schema's file.
struct Message {
    std::string context;
    std::string title;
    std::string kind;  ///< `command`, `event` or `task`
    int version = 1;

    /// Among the components: `orders.PlaceOrder`, from the second version on `orders.PlaceOrder.v2`.
    [[nodiscard]] std::string key() const
    {
        return context + '.' + title + (version > 1 ? ".v" + std::to_string(version) : "");
    }
    [[nodiscard]] std::string type() const
    {
        return "jangteo." + (context == every_context ? "" : context + '.') + title;
    }
};

/// Nothing for a file of types.
std::optional<Message> message_of(const events::SchemaFile& file)
{
    const auto first = file.name.find('.');
    const auto second = file.name.find(".v", first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return Message{std::string(file.context), std::string(file.name.substr(0, first)),
                   std::string(file.name.substr(first + 1, second - first - 1)),
                   std::stoi(std::string(file.name.substr(second + 2)))};
}

json::object reference(std::string_view kind, const std::string& key)
{
    std::string to = "#/";
    to += kind;
    to += '/';
    to += key;
    return {{"$ref", to}};
}

json::object text(std::string_view description, std::string_view format = {})
{
    json::object schema{{"type", "string"}, {"description", description}};
    if (!format.empty()) schema["format"] = format;
    return schema;
}

/// The envelope (events/record.hpp), as Kafka's headers.
json::object headers()
{
    return {{"type", "object"},
            {"required", {"ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"}},
            {"properties",
             {{"ce_id", text("The message's own id; a repeat has the same.", "uuid")},
              {"ce_type", text("`jangteo.orders.OrderPlaced`")},
              {"ce_source", text("Who says it.")},
              {"ce_subject", text("The aggregate's id; also the record's key.")},
              {"ce_time", text("Of a command, the clock of the edge; an event has its command's.", "date-time")},
              {"ce_dataschema", text("The path of the schema.")},
              {"correlationid", text("The process, for an order its id.", "uuid")},
              {"causationid", text("The id of what caused this.", "uuid")},
              {"traceparent", text("W3C trace context.")},
              {"actor", text("Who asked: `user:<id>`, `admin:<id>`, `saga:order_fulfilment`.")},
              {"writer", text("Events only: the take-over that appended this.", "uuid")},
              {"seq", text("Events only: unbroken within a writer.")},
              {"command_offset", text("Events only: which command this is the outcome of.")},
              {"answered", text("Events only: every command below this offset has had its answer.")}}}};
}

/// The marker of a new owner: what stands in every log of events beside the events and refusals. It has no fields.
void add_marker(json::object& messages, json::object& schemas)
{
    const std::string name(events::taken_over_type);
    schemas[name] = {{"type", "object"}, {"description", "A new owner of the partition begins here."}};
    messages[name] = {{"name", name},
                      {"title", "TakenOver"},
                      {"contentType", "application/json"},
                      {"headers", reference("components/schemas", "jangteo.Headers")},
                      {"payload", reference("components/schemas", name)}};
}

struct Channel {
    std::string context;  ///< Whose messages are said there; for an inbox, those that only sagas say.
    std::string kind;
    std::string description;
    std::string operation;
    std::string action;
};

/// By the name of a topic: `orders.commands`.
Channel channel_of(const std::string& topic)
{
    const auto dot = topic.rfind('.');
    const std::string owner = topic.substr(0, dot);
    const std::string what = topic.substr(dot + 1);
    if (what == "commands") {
        return {owner, "command", "What is asked of " + owner + ".", "decide." + owner, "receive"};
    }
    if (what == "events") {
        return {owner, "event", "What has become of it: one record for each command.", "tell." + owner, "send"};
    }
    if (what == "inbox") {
        return {"sagas", "event",
                "The stream of the process " + owner +
                    ": events of contexts, outcomes of its own commands, and its timers.",
                "lead." + owner, "receive"};
    }
    if (topic == "edge.replies") return {"", "", "Where edges hear outcomes.", "hear.outcomes", "receive"};
    if (topic == "edge.usage")
        return {"", "", "Where edges tell each other what callers use.", "hear.usage", "receive"};
    throw std::runtime_error("nobody has said what is said at the topic " + topic);
}

}  // namespace

std::string asyncapi(std::span<const events::SchemaFile> files, const Places& places)
{
    auto schemas = events::type_components(files);
    schemas["jangteo.Headers"] = headers();
    json::object messages;
    add_marker(messages, schemas);
    std::map<std::string, std::vector<Message>> by_place;  // By context and kind.
    for (const auto& file : files) {
        const auto schema = json::parse(file.json);
        const auto message = message_of(file);
        if (!message) continue;
        schemas[message->key()] = events::within_components(schema, file.context);
        messages[message->key()] = {{"name", message->type()},
                                    {"title", message->title},
                                    {"summary", schema.at("description")},
                                    {"contentType", "application/json"},
                                    {"headers", reference("components/schemas", "jangteo.Headers")},
                                    {"payload", reference("components/schemas", message->key())}};
        by_place[message->context + "/" + message->kind].push_back(*message);
    }

    json::object channels;
    json::object operations;
    std::map<std::string, std::size_t> said;
    const auto add = [&](const std::string& address, const Channel& channel, const char* server) {
        json::object here;
        const auto say = [&](const std::string& context) {
            const std::string place = context + "/" + channel.kind;
            ++said[place];
            for (const auto& message : by_place[place]) {
                here[message.key()] = reference("components/messages", message.key());
            }
        };
        say(channel.context);
        if (address.ends_with(".events")) {
            say(std::string(every_context));
            here[events::taken_over_type] = reference("components/messages", std::string(events::taken_over_type));
        }
        channels[address] = {{"address", address},
                             {"description", channel.description},
                             {"servers", json::array{reference("servers", server)}},
                             {"messages", here}};
        operations[channel.operation] = {{"action", channel.action}, {"channel", reference("channels", address)}};
    };
    for (const auto& topic : places.topics) add(topic, channel_of(topic), "log");
    for (const auto& target : places.targets) {
        add("tasks." + target,
            {target.substr(0, target.find('.')), "task", "What is to be done at " + target + ".", "do." + target,
             "receive"},
            "tasks");
    }
    for (const auto& [place, some] : by_place) {
        if (said[place] == 0) throw std::runtime_error("messages without a topic or target: " + place);
    }

    const json::object document{
        {"asyncapi", "3.0.0"},
        {"info", {{"title", "Jangteo"}, {"version", "1"}, {"description", about}}},
        {"defaultContentType", "application/json"},
        {"servers",
         {{"log", {{"host", "localhost:9092"}, {"protocol", "kafka"}, {"description", "kafka-brokers"}}},
          {"tasks", {{"host", "localhost:5672"}, {"protocol", "amqp"}, {"description", "rabbitmq-url"}}}}},
        {"channels", channels},
        {"operations", operations},
        {"components", {{"messages", messages}, {"schemas", schemas}}}};
    return json::serialize(document);
}

}  // namespace jangteo::ops::catalogue
