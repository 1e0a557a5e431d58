// librabbitmq's connection with one channel, owned from where it is born. No call of it blocks for longer than its
// limit. Only the .cpp files of this folder (and its tests) include this.
#pragma once

#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/watchdog.hpp"
#include "infra/rabbitmq/wire.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::rabbitmq {

/// Arguments of a queue.
class Arguments {
public:
    Arguments& add(const char* name, std::string value);
    Arguments& add(const char* name, std::int32_t value);
    [[nodiscard]] amqp_table_t table();

private:
    std::list<std::string> texts_;  ///< What the entries refer to.
    std::vector<amqp_table_entry_t> entries_;
};

/// What the broker says of its own accord.
class FromBroker {
public:
    virtual ~FromBroker() = default;
    /// What was published as the `tag`th of this connection (with `multiple`: and all before it) is safe in its queues,
    /// or (not `taken`) is not: a queue refused it.
    virtual void confirmed(std::uint64_t tag, bool multiple, bool taken) = 0;
    /// There is no such queue. Comes before the confirmation.
    virtual void returned(const Message& message, std::string_view queue) = 0;
    virtual void delivered(std::uint64_t tag, bool redelivered, Message message) = 0;
    /// Its memory or disk is short: it takes nothing from here until it says otherwise.
    virtual void blocked(bool is_blocked) = 0;
};

/// Used by one thread. Every call throws `Error` when the connection is of no use any more.
class Connection {
public:
    Connection(const Settings& settings, Watchdog& watchdog);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();
    /// Throws `std::invalid_argument` for settings that can never work.
    static void check(const Settings& settings);

    void declare(const std::string& queue, Arguments arguments);
    std::size_t messages_in(const std::string& queue);
    void remove(const std::string& queue);

    void confirm_what_is_published();
    /// To the queue itself, mandatory.
    void publish(std::string_view queue, const Task& task, std::string_view reason = {});

    void consume(const std::string& queue, std::uint16_t prefetch);
    struct Got {
        std::uint64_t tag = 0;
        Message message;
    };
    /// The next message of a queue; nothing when there is none.
    std::optional<Got> get(const std::string& queue);
    void acknowledge(std::uint64_t tag);
    /// Back to its queue, or to where the queue moves its dead.
    void reject(std::uint64_t tag, bool back);

    /// Waits until there may be something to `receive`, until `descriptor` can be read, or until time is up.
    void wait(int descriptor, std::chrono::milliseconds most) const;
    /// Hands over all that has arrived, without waiting. Heartbeats leave only here: it has to be called every two
    /// seconds.
    void receive(FromBroker& from_broker);

    /// In order: the broker has acted on everything that was sent. It logs a warning about who just goes away.
    void close();

private:
    bool next(amqp_frame_t& frame, std::chrono::milliseconds wait);
    void handle(const amqp_frame_t& frame, FromBroker* from_broker);
    Message content(FromBroker* from_broker);
    void check(const amqp_rpc_reply_t& reply, std::string_view what) const;
    void check(int status, std::string_view what) const;

    struct Destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };
    Watchdog& watchdog_;
    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
};

}  // namespace jangteo::rabbitmq
