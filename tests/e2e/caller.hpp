// Somebody who asks over the log itself: commands in, answers out. What an edge does, without HTTP between, so that a
// test knows exactly what was sent and heard.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace jangteo::e2e {

class Caller {
public:
    explicit Caller(const kafka::Settings& settings);

    /// Sends a command; returns its id. Commands of one process (an order) share a correlation id; nil is the command's
    /// own id.
    template <class Command>
    events::Uuid ask(const Command& command, const events::Uuid& correlation_id = {},
                     const events::Uuid& command_id = events::random_uuid(), std::uint64_t fingerprint = 7)
    {
        events::Record record;
        record.value = to_json(command);
        record.envelope.id = command_id;
        record.envelope.type = Command::type;
        record.envelope.schema = Command::schema;
        record.envelope.subject = subject_of(command);
        record.envelope.correlation_id = correlation_id.is_nil() ? command_id : correlation_id;
        record.envelope.fingerprint = fingerprint;
        return send(std::move(record));
    }
    /// The same record once more.
    void ask_again(const events::Uuid& command_id);

    /// Sends and hears, for up to `wait`.
    void pump(std::chrono::milliseconds wait);
    /// The same for all of `time`.
    void listen(std::chrono::milliseconds time);
    /// Every answer heard to that question, in order.
    [[nodiscard]] const std::vector<events::Record>& answers(const events::Uuid& command_id) const;
    /// The answer that settles it, if it has come.
    [[nodiscard]] const events::Record* settled(const events::Uuid& command_id) const;
    /// Waits for it. Throws std::runtime_error when it does not come.
    events::Record answer(const events::Uuid& command_id, std::chrono::milliseconds timeout = std::chrono::seconds{60});
    template <class Command>
    events::Record ask_and_hear(const Command& command)
    {
        return answer(ask(command));
    }
    /// Waits until every question is settled. Throws std::runtime_error otherwise.
    void hear_all(std::chrono::milliseconds timeout);
    [[nodiscard]] std::vector<events::Uuid> open_questions() const;
    /// Everything that was heard, by question.
    [[nodiscard]] const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard() const { return heard_; }
    [[nodiscard]] const std::map<events::Uuid, events::Record>& asked() const { return asked_; }

    std::chrono::seconds ahead{0};  ///< By how much the clock of whoever asks is.

private:
    events::Uuid send(events::Record record);
    void publish(const events::Record& record);
    /// As an edge does after a broker that came back without what it had acknowledged: a new publisher, and every question
    /// that is open once more, by its id.
    void begin_anew();

    const kafka::Settings settings_;
    const std::string instance_;
    std::unique_ptr<kafka::Publisher> publisher_;
    bool lost_ = false;  ///< Something that was published may not be in the log.
    kafka::PartitionReader replies_;
    std::int32_t partition_ = 0;
    std::map<events::Uuid, events::Record> asked_;
    std::unordered_map<events::Uuid, std::vector<events::Record>> heard_;
    std::size_t settled_ = 0;
};

/// Is it the last word on a question?
bool settles(const events::Record& answer);

events::Timestamp now();

}  // namespace jangteo::e2e
