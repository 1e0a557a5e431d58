// What infra/rabbitmq does without a server.
#include "infra/rabbitmq/task_consumer.hpp"
#include "infra/rabbitmq/task_publisher.hpp"
#include "infra/rabbitmq/topology.hpp"
#include "infra/rabbitmq/wire.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <thread>

namespace jangteo::rabbitmq {
namespace {

using namespace std::chrono_literals;

/// A port of the loopback at which nobody listens.
Settings nobody()
{
    return {.url = "amqp://guest:guest@127.0.0.1:1/%2F", .name = "test"};
}

Task task()
{
    return {.id = events::random_uuid(), .type = "payments.Capture", .body = "{}"};
}

TEST(RabbitMqTopology, names_its_queues_after_target_and_step)
{
    const Topology topology{.target = "payments.toss"};
    EXPECT_EQ(topology.main_queue(), "tasks.payments.toss");
    EXPECT_EQ(topology.quarantine_queue(), "tasks.payments.toss.quarantine");
    EXPECT_EQ(topology.delay_queue(0), "tasks.payments.toss.after-1s");
    EXPECT_EQ(topology.delay_queue(1), "tasks.payments.toss.after-10s");
    EXPECT_EQ(topology.delay_queue(2), "tasks.payments.toss.after-1m");
    EXPECT_EQ(topology.delay_queue(3), "tasks.payments.toss.after-10m");
    EXPECT_EQ(topology.delay_queue(4), "tasks.payments.toss.after-1h");
    EXPECT_EQ(topology.delay_queue(99), "tasks.payments.toss.after-1h");
    EXPECT_EQ((Topology{.target = "x", .steps = {1'500ms}}.delay_queue(0)), "tasks.x.after-1500ms");
}

RC_GTEST_PROP(RabbitMqWire, reads_what_it_has_written,
              (std::string type, std::string body, std::string traceparent, std::string settles))
{
    Task sent = task();
    sent.type = type.substr(0, 255);
    sent.body = body;
    sent.correlation_id = events::random_uuid();
    sent.traceparent = traceparent.substr(0, 255);
    sent.settles = settles.substr(0, 255);
    sent.attempt = *rc::gen::nonNegative<std::int32_t>();
    sent.in_doubt = *rc::gen::arbitrary<bool>();
    RC_ASSERT(is_task(sent));
    const auto reason = *rc::gen::arbitrary<std::string>();
    const auto read = read_message(Properties(sent, reason).get(), sent.body);
    RC_ASSERT(read.task == sent);
    RC_ASSERT(read.reason == reason);
}

TEST(RabbitMqWire, says_what_a_tool_needs_to_show_a_task)
{
    const Task sent = task();
    const Properties properties(sent, {});
    EXPECT_EQ(text_of(properties.get().message_id), events::to_string(sent.id));
    EXPECT_EQ(text_of(properties.get().type), "payments.Capture");
    EXPECT_EQ(text_of(properties.get().content_type), "application/json");
    EXPECT_EQ(properties.get().delivery_mode, 2);
    EXPECT_EQ(properties.get()._flags & AMQP_BASIC_EXPIRATION_FLAG, 0U);
}

TEST(RabbitMqWire, a_message_of_somebody_else_is_no_task)
{
    amqp_basic_properties_t properties{};
    EXPECT_TRUE(read_message(properties, "x").task.id.is_nil());
    properties._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties.message_id = bytes_of("42");
    std::array<amqp_table_entry_t, 3> headers{};
    headers[0].key = bytes_of("attempt");
    headers[0].value.kind = AMQP_FIELD_KIND_UTF8;
    headers[0].value.value.bytes = bytes_of("seven");
    headers[1].key = bytes_of("traceparent");
    headers[1].value.kind = AMQP_FIELD_KIND_I32;
    headers[2].key = bytes_of("x-death");
    headers[2].value.kind = AMQP_FIELD_KIND_ARRAY;
    properties.headers = {3, headers.data()};
    const auto read = read_message(properties, "x");
    EXPECT_FALSE(is_task(read.task));
    EXPECT_EQ(read.task, (Task{.body = "x"}));
    EXPECT_EQ(read.reason, "");
}

TEST(RabbitMqPublisherAlone, takes_no_more_than_its_limit)
{
    TaskPublisher publisher(nobody(), {.topologies = {}, .limit = 2});
    EXPECT_TRUE(publisher.publish("tasks.x", task(), 1));
    EXPECT_TRUE(publisher.publish("tasks.x", task(), 2));
    EXPECT_FALSE(publisher.publish("tasks.x", task(), 3));
    EXPECT_EQ(publisher.in_flight(), 2U);
    EXPECT_TRUE(publisher.poll(50ms).empty());
    EXPECT_EQ(publisher.status().waiting, 2U);
    EXPECT_FALSE(publisher.status().connected);
}

TEST(RabbitMqPublisherAlone, refuses_what_can_never_be_sent)
{
    TaskPublisher publisher(nobody(), {});
    auto wrong = task();
    wrong.type.assign(256, 'x');
    EXPECT_THROW(publisher.publish("tasks.x", wrong, 1), std::invalid_argument);
    wrong = task();
    wrong.body.assign(largest_body + 1, 'x');
    EXPECT_THROW(publisher.publish("tasks.x", wrong, 1), std::invalid_argument);
    wrong = task();
    wrong.id = {};
    EXPECT_THROW(publisher.publish("tasks.x", wrong, 1), std::invalid_argument);
    EXPECT_THROW(publisher.publish("", task(), 1), std::invalid_argument);
    EXPECT_THROW(publisher.publish(std::string(256, 'x'), task(), 1), std::invalid_argument);
    EXPECT_EQ(publisher.in_flight(), 0U);
}

TEST(RabbitMqPublisherAlone, refuses_a_url_that_can_never_work)
{
    for (const auto* url : {"", "kafka://somewhere", "amqps://guest:guest@somewhere/", "amqp://x:y@z:port/"}) {
        EXPECT_THROW(TaskPublisher({.url = url}, {}), std::invalid_argument) << url;
    }
}

TEST(RabbitMqPublisherAlone, says_what_keeps_it_from_its_broker)
{
    std::atomic<bool> told{false};
    auto settings = nobody();
    settings.log = [&](std::string_view text, bool trouble) {
        if (trouble && text.find("cannot connect") != std::string_view::npos) told = true;
    };
    const TaskPublisher publisher(settings, {});
    for (int i = 0; i < 200 && !told; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(told);
    EXPECT_NE(publisher.status().trouble.find("cannot connect"), std::string::npos);
}

TEST(RabbitMqConsumerAlone, ends_at_once_between_two_attempts_to_connect)
{
    TaskConsumer consumer(nobody(), {.target = "x"}, [](const Delivery&) {});
    std::this_thread::sleep_for(500ms);
    const auto begun = std::chrono::steady_clock::now();
    consumer.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms);
}

/// A listener that is full: whoever else connects hears nothing at all.
class Silence {
public:
    Silence() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(listener_, any, size), 0);
        EXPECT_EQ(listen(listener_, 0), 0);
        EXPECT_EQ(getsockname(listener_, any, &size), 0);
        port_ = ntohs(address.sin_port);
        for (auto& client : clients_) {
            client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            connect(client, any, size);
        }
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence()
    {
        for (const int client : clients_) close(client);
        close(listener_);
    }
    [[nodiscard]] std::string url() const { return "amqp://guest:guest@127.0.0.1:" + std::to_string(port_) + "/%2F"; }

private:
    int listener_;
    int port_ = 0;
    std::array<int, 4> clients_{};
};

TEST(RabbitMqConsumerAlone, ends_within_two_seconds_in_the_middle_of_connecting)
{
    const Silence silence;
    TaskConsumer consumer({.url = silence.url(), .name = "test"}, {.target = "x"}, [](const Delivery&) {});
    std::this_thread::sleep_for(100ms);
    const auto begun = std::chrono::steady_clock::now();
    consumer.stop();
    EXPECT_GT(std::chrono::steady_clock::now() - begun, 200ms) << "it was not connecting";
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

}  // namespace
}  // namespace jangteo::rabbitmq
