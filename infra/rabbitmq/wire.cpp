#include "infra/rabbitmq/wire.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

constexpr auto attempt_header = "attempt";
constexpr auto traceparent_header = "traceparent";
constexpr auto settles_header = "settles";
constexpr auto in_doubt_header = "in-doubt";
constexpr auto reason_header = "quarantine-reason";
constexpr std::uint8_t persistent = 2;
constexpr std::size_t longest_short_text = 255;  ///< AMQP's, for the names of queues and the types of messages.

const amqp_field_value_t* find(const amqp_table_t& table, std::string_view name)
{
    for (int i = 0; i < table.num_entries; ++i) {
        if (text_of(table.entries[i].key) == name) return &table.entries[i].value;
    }
    return nullptr;
}

std::string text_in(const amqp_table_t& table, std::string_view name)
{
    const auto* value = find(table, name);
    const bool is_text =
        value != nullptr && (value->kind == AMQP_FIELD_KIND_UTF8 || value->kind == AMQP_FIELD_KIND_BYTES);
    return is_text ? std::string(text_of(value->value.bytes)) : std::string();
}

std::int32_t attempt_in(const amqp_table_t& headers)
{
    const auto* value = find(headers, attempt_header);
    return value != nullptr && value->kind == AMQP_FIELD_KIND_I32 ? std::max(value->value.i32, 0) : 0;
}

/// Why RabbitMQ itself has moved a message, for instance `delivery_limit`: its latest move comes first.
std::string reason_of_move(const amqp_table_t& headers)
{
    const auto* deaths = find(headers, "x-death");
    if (deaths == nullptr || deaths->kind != AMQP_FIELD_KIND_ARRAY || deaths->value.array.num_entries == 0) return {};
    const auto& last = deaths->value.array.entries[0];
    return last.kind == AMQP_FIELD_KIND_TABLE ? text_in(last.value.table, "reason") : std::string();
}

}  // namespace

Properties::Properties(const Task& task, std::string_view reason)
    : id_(events::to_string(task.id)), correlation_id_(events::to_string(task.correlation_id))
{
    properties_.headers.entries = headers_.data();
    properties_._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG |
                         AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties_.message_id = bytes_of(id_);
    properties_.type = bytes_of(task.type);
    properties_.content_type = bytes_of("application/json");
    properties_.correlation_id = bytes_of(correlation_id_);
    properties_.delivery_mode = persistent;

    auto& attempt = headers_[properties_.headers.num_entries++];
    attempt.key = amqp_cstring_bytes(attempt_header);
    attempt.value.kind = AMQP_FIELD_KIND_I32;
    attempt.value.value.i32 = task.attempt;
    add(traceparent_header, task.traceparent);
    add(settles_header, task.settles);
    if (task.in_doubt) add(in_doubt_header, "yes");
    add(reason_header, reason);
}

void Properties::add(const char* name, std::string_view value)
{
    if (value.empty()) return;
    auto& header = headers_[properties_.headers.num_entries++];
    header.key = amqp_cstring_bytes(name);
    header.value.kind = AMQP_FIELD_KIND_UTF8;
    header.value.value.bytes = bytes_of(value);
}

bool is_queue(std::string_view name)
{
    return !name.empty() && name.size() <= longest_short_text;
}

bool is_task(const Task& task)
{
    return !task.id.is_nil() && task.type.size() <= longest_short_text &&
           task.traceparent.size() <= longest_short_text && task.settles.size() <= longest_short_text &&
           task.body.size() <= largest_body && task.attempt >= 0 &&
           task.attempt < std::numeric_limits<std::int32_t>::max();
}

Message read_message(const amqp_basic_properties_t& properties, std::string body)
{
    const auto has = [&](amqp_flags_t flag) { return (properties._flags & flag) != 0; };
    Message message;
    Task& task = message.task;
    task.body = std::move(body);
    if (has(AMQP_BASIC_MESSAGE_ID_FLAG)) {
        task.id = events::parse_uuid(text_of(properties.message_id)).value_or(events::Uuid{});
    }
    if (has(AMQP_BASIC_CORRELATION_ID_FLAG)) {
        task.correlation_id = events::parse_uuid(text_of(properties.correlation_id)).value_or(events::Uuid{});
    }
    if (has(AMQP_BASIC_TYPE_FLAG)) task.type = text_of(properties.type);
    if (has(AMQP_BASIC_HEADERS_FLAG)) {
        task.attempt = attempt_in(properties.headers);
        task.traceparent = text_in(properties.headers, traceparent_header);
        task.settles = text_in(properties.headers, settles_header);
        task.in_doubt = !text_in(properties.headers, in_doubt_header).empty();
        message.reason = text_in(properties.headers, reason_header);
        if (message.reason.empty()) message.reason = reason_of_move(properties.headers);
    }
    return message;
}

}  // namespace jangteo::rabbitmq
