// A task as an AMQP message, and back. Only the .cpp files of this folder (and its tests) include this.
#pragma once

#include "infra/rabbitmq/task.hpp"

#include <amqp.h>
#include <amqp_framing.h>

#include <array>
#include <string>
#include <string_view>

namespace jangteo::rabbitmq {

struct Message {
    Task task;           ///< Its id is nil when the message is no task of ours.
    std::string reason;  ///< Why it is in quarantine.
};

inline amqp_bytes_t bytes_of(std::string_view text)
{
    return {text.size(), const_cast<char*>(text.data())};
}

inline std::string_view text_of(amqp_bytes_t bytes)
{
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

/// What goes before the body. Refers to the task and to itself, so both have to stay where they are.
class Properties {
public:
    Properties(const Task& task, std::string_view reason);
    Properties(const Properties&) = delete;
    Properties& operator=(const Properties&) = delete;

    [[nodiscard]] const amqp_basic_properties_t& get() const { return properties_; }

private:
    void add(const char* name, std::string_view value);

    std::string id_;
    std::string correlation_id_;
    std::array<amqp_table_entry_t, 5> headers_{};
    amqp_basic_properties_t properties_{};
};

/// librabbitmq cuts the length of a text that is too long for its field, not the text, which breaks the connection.
bool is_queue(std::string_view name);
/// It has an id and fits into a message.
bool is_task(const Task& task);

/// Never fails: what cannot be read stays empty.
Message read_message(const amqp_basic_properties_t& properties, std::string body);

}  // namespace jangteo::rabbitmq
