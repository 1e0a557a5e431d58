#include "infra/rabbitmq/quarantine.hpp"

#include "infra/rabbitmq/connection.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

using namespace std::chrono_literals;

constexpr auto confirm_limit = 5s;

/// Waits for the fate of a message that a connection publishes, one at a time.
class Confirmation final : public FromBroker {
public:
    void wait(Connection& connection)
    {
        confirmed_ = taken_ = returned_ = false;
        const auto until = std::chrono::steady_clock::now() + confirm_limit;
        while (!confirmed_ && std::chrono::steady_clock::now() < until) {
            connection.wait(-1, 100ms);
            connection.receive(*this);
        }
        if (!taken_ || returned_) throw Error("rabbitmq: the main queue did not take the task; it stays in quarantine");
    }

    void confirmed(std::uint64_t, bool, bool taken) override
    {
        confirmed_ = true;
        taken_ = taken;
    }
    void returned(const Message&, std::string_view) override { returned_ = true; }
    void delivered(std::uint64_t, bool, Message) override {}
    void blocked(bool) override {}

private:
    bool confirmed_ = false;
    bool taken_ = false;
    bool returned_ = false;
};

/// Takes messages in hand until it finds the one; the connection's end gives the others back.
std::optional<Connection::Got> find(Connection& connection, const std::string& queue, const events::Uuid& id)
{
    for (std::size_t seen = 0; seen < Quarantine::furthest_look; ++seen) {
        auto got = connection.get(queue);
        if (!got || got->message.task.id == id) return got;
    }
    return std::nullopt;
}

}  // namespace

Quarantine::Quarantine(Settings settings, Topology topology)
    : settings_(std::move(settings)), topology_(std::move(topology))
{
    Connection::check(settings_);
}

std::size_t Quarantine::count() const
{
    Watchdog watchdog;
    Connection connection(settings_, watchdog);
    const auto messages = connection.messages_in(topology_.quarantine_queue());
    connection.close();
    return messages;
}

std::vector<Quarantined> Quarantine::peek(std::size_t most) const
{
    Watchdog watchdog;
    Connection connection(settings_, watchdog);
    std::vector<Quarantined> seen;
    while (seen.size() < most) {
        auto got = connection.get(topology_.quarantine_queue());
        if (!got) break;
        seen.push_back({std::move(got->message.task), std::move(got->message.reason)});
    }
    connection.close();
    return seen;
}

bool Quarantine::put_back(const events::Uuid& id) const
{
    if (id.is_nil()) return false;  // What is no task would only come back.
    Watchdog watchdog;
    Connection connection(settings_, watchdog);
    connection.confirm_what_is_published();
    auto found = find(connection, topology_.quarantine_queue(), id);
    if (found) {
        found->message.task.attempt = 0;
        connection.publish(topology_.main_queue(), found->message.task);
        Confirmation().wait(connection);
        connection.acknowledge(found->tag);
    }
    connection.close();
    return found.has_value();
}

bool Quarantine::discard(const events::Uuid& id) const
{
    Watchdog watchdog;
    Connection connection(settings_, watchdog);
    const auto found = find(connection, topology_.quarantine_queue(), id);
    if (found) connection.acknowledge(found->tag);
    connection.close();
    return found.has_value();
}

void Quarantine::sort(const std::function<Fate(const Quarantined&)>& fate_of) const
{
    Watchdog watchdog;
    Connection connection(settings_, watchdog);
    connection.confirm_what_is_published();
    Confirmation confirmation;
    for (std::size_t seen = 0; seen < furthest_look; ++seen) {
        auto got = connection.get(topology_.quarantine_queue());
        if (!got) break;
        auto task = got->message.task;
        const auto fate = fate_of({std::move(got->message.task), std::move(got->message.reason)});
        if (fate == Fate::stays || (fate == Fate::goes_back && task.id.is_nil())) continue;
        if (fate == Fate::goes_back) {
            task.attempt = 0;
            connection.publish(topology_.main_queue(), task);
            confirmation.wait(connection);
        }
        connection.acknowledge(got->tag);
    }
    connection.close();
}

}  // namespace jangteo::rabbitmq
