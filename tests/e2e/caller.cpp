#include "tests/e2e/caller.hpp"

#include "infra/kafka/topics.hpp"

#include <stdexcept>

namespace jangteo::e2e {

using namespace std::chrono_literals;

events::Timestamp now()
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool settles(const events::Record& answer)
{
    return answer.envelope.type != "jangteo.StillRunning" && answer.envelope.type != "jangteo.KeyReused";
}

Caller::Caller(const kafka::Settings& settings)
    : settings_(settings), instance_("e2e-" + events::to_string(events::random_uuid())), replies_(settings)
{
    begin_anew();
    replies_.start({kafka::edge_replies, partition_}, replies_.end_offset({kafka::edge_replies, partition_}));
}

events::Uuid Caller::send(events::Record record)
{
    auto& says = record.envelope;
    const auto context_begin = says.type.find('.') + 1;
    record.topic = says.type.substr(context_begin, says.type.rfind('.') - context_begin) + ".commands";
    says.source = "/jangteo/e2e";
    says.time = now() + ahead;
    says.actor = "user:" + says.subject;
    says.reply_to = {kafka::edge_replies, partition_, instance_, says.id};
    const events::Uuid id = says.id;
    publish(record);
    asked_.emplace(id, std::move(record));
    return id;
}

void Caller::publish(const events::Record& record)
{
    try {
        while (!publisher_->publish(record, 0)) publisher_->poll(1ms);
    } catch (const kafka::Error& error) {
        if (!error.fatal()) throw;
        lost_ = true;
    }
}

void Caller::begin_anew()
{
    publisher_.reset();
    publisher_ = std::make_unique<kafka::Publisher>(settings_, kafka::PublisherOptions{},
                                                    [this](std::uint64_t, bool ok, std::int64_t) { lost_ |= !ok; });
    publisher_->prepare(kafka::command_topics(), 60s);
    lost_ = false;
    for (const auto& id : open_questions()) publish(asked_.at(id));
}

void Caller::ask_again(const events::Uuid& command_id)
{
    publish(asked_.at(command_id));
}

void Caller::pump(std::chrono::milliseconds wait)
{
    try {
        publisher_->poll(0ms);
    } catch (const kafka::Error& error) {
        if (!error.fatal()) throw;
        lost_ = true;
    }
    if (lost_) begin_anew();
    replies_.poll(wait, 10'000, [&](events::Record&& answer) {
        if (answer.envelope.reply_to.instance != instance_) return;
        const auto id = answer.envelope.reply_to.request_id;
        const bool first = settles(answer) && settled(id) == nullptr;
        heard_[id].push_back(std::move(answer));
        if (first) ++settled_;
    });
}

void Caller::listen(std::chrono::milliseconds time)
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) pump(20ms);
}

const std::vector<events::Record>& Caller::answers(const events::Uuid& command_id) const
{
    static const std::vector<events::Record> none;
    const auto found = heard_.find(command_id);
    return found == heard_.end() ? none : found->second;
}

const events::Record* Caller::settled(const events::Uuid& command_id) const
{
    for (const auto& answer : answers(command_id)) {
        if (settles(answer)) return &answer;
    }
    return nullptr;
}

events::Record Caller::answer(const events::Uuid& command_id, std::chrono::milliseconds timeout)
{
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (std::chrono::steady_clock::now() < until) {
        if (const auto* found = settled(command_id)) return *found;
        pump(5ms);
    }
    throw std::runtime_error("no answer to " + asked_.at(command_id).envelope.type + " " +
                             events::to_string(command_id) + " within " + std::to_string(timeout.count()) + " ms");
}

void Caller::hear_all(std::chrono::milliseconds timeout)
{
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (settled_ < asked_.size()) {
        if (std::chrono::steady_clock::now() > until) {
            const auto open = open_questions();
            throw std::runtime_error(std::to_string(open.size()) + " questions have no answer, the first is " +
                                     asked_.at(open.front()).envelope.type + " " + events::to_string(open.front()));
        }
        pump(5ms);
    }
}

std::vector<events::Uuid> Caller::open_questions() const
{
    std::vector<events::Uuid> open;
    for (const auto& [id, record] : asked_) {
        if (settled(id) == nullptr) open.push_back(id);
    }
    return open;
}

}  // namespace jangteo::e2e
