#include "infra/kafka/publisher.hpp"

#include "infra/kafka/handle.hpp"
#include "infra/kafka/wire.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>

namespace jangteo::kafka {

namespace {

class Adding final : public HeaderSink {
public:
    explicit Adding(rd_kafka_headers_t* headers) : headers_(headers) {}

    void add(std::string_view name, std::string_view value) override
    {
        rd_kafka_header_add(headers_, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    }

private:
    rd_kafka_headers_t* headers_;
};

void* opaque_of(std::uint64_t token)
{
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(token));  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

struct Publisher::Impl {
    Impl(const Settings& settings, Options given, Delivered to)
        : options(std::move(given)), delivered(std::move(to)), listener{settings.log, this}
    {
        Configuration configuration(settings, listener);
        configuration.set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", options.message_timeout.count())
            .set("linger.ms", std::to_string(static_cast<double>(options.linger.count()) / 1'000.0))
            .set("queue.buffering.max.messages", options.queue_limit)
            .set("queue.buffering.max.kbytes", 1'048'576)
            .set("retry.backoff.ms", 50)
            .set("partitioner", "murmur2");
        rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_delivery);
        client = std::move(configuration).client(RD_KAFKA_PRODUCER);
        topics.emplace(client.get());
        if (options.ready) {
            main_queue.reset(rd_kafka_queue_get_main(client.get()));
            rd_kafka_queue_cb_event_enable(main_queue.get(), on_ready, this);
        }
    }

    ~Impl()
    {
        if (main_queue) rd_kafka_queue_cb_event_enable(main_queue.get(), nullptr, nullptr);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static void on_ready(rd_kafka_t*, void* opaque) { static_cast<Impl*>(opaque)->options.ready(); }

    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque)
    {
        auto& self = *static_cast<Impl*>(static_cast<Listener*>(opaque)->owner);
        --self.in_flight;
        ++self.reported;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            tell(self.listener, LogLevel::error,
                 std::string("not delivered to ") + rd_kafka_topic_name(message->rkt) + ": " +
                     rd_kafka_err2str(message->err));
        }
        if (self.raised) return;  // Its receiver has thrown; no exception may pass through C.
        try {
            const auto token = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message->_private));
            self.delivered(token, message->err == RD_KAFKA_RESP_ERR_NO_ERROR,
                           std::max<std::int64_t>(message->offset, -1));
        } catch (...) {
            self.raised = std::current_exception();
        }
    }

    void raise_what_was_caught()
    {
        if (raised) std::rethrow_exception(std::exchange(raised, nullptr));
        std::array<char, 512> text{};
        if (const auto code = rd_kafka_fatal_error(client.get(), text.data(), text.size());
            code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw Error(std::string("kafka publisher: ") + text.data(), code, true, false);
        }
    }

    Options options;
    Delivered delivered;
    Listener listener;
    std::size_t in_flight = 0;
    std::size_t reported = 0;
    std::exception_ptr raised;
    Client client;
    Queue main_queue;
    std::optional<Topics> topics;
};

Publisher::Publisher(const Settings& settings, Options options, Delivered delivered)
    : impl_(std::make_unique<Impl>(settings, std::move(options), std::move(delivered)))
{}

Publisher::~Publisher() = default;

void Publisher::prepare(const std::vector<std::string>& topics, std::chrono::milliseconds timeout)
{
    const Deadline deadline(timeout);
    for (const auto& name : topics) {
        wait_for_leaders(impl_->client.get(), impl_->topics->get(name), std::chrono::milliseconds{deadline.left_ms()});
    }
}

bool Publisher::publish(const events::Record& record, std::uint64_t token)
{
    if (impl_->in_flight >= static_cast<std::size_t>(impl_->options.queue_limit)) return false;

    Headers headers(rd_kafka_headers_new(most_headers));
    Adding adding(headers.get());
    write_headers(record.envelope, adding);

    const std::string& key = record.key.empty() ? record.envelope.subject : record.key;
    std::array<rd_kafka_vu_t, 7> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = impl_->topics->get(record.topic);
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = record.partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[3].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    fields[4].vtype = RD_KAFKA_VTYPE_KEY;
    fields[4].u.mem = {const_cast<char*>(key.data()), key.size()};
    fields[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    fields[5].u.headers = headers.get();
    fields[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[6].u.ptr = opaque_of(token);

    const ErrorHandle error(rd_kafka_produceva(impl_->client.get(), fields.data(), fields.size()));
    if (!error) {
        static_cast<void>(headers.release());  // librdkafka's now.
        ++impl_->in_flight;
        return true;
    }
    if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    impl_->raise_what_was_caught();
    throw error_of("kafka publish to " + record.topic, error.get());
}

std::size_t Publisher::poll(std::chrono::milliseconds wait)
{
    const auto before = impl_->reported;
    rd_kafka_poll(impl_->client.get(), static_cast<int>(wait.count()));
    impl_->raise_what_was_caught();
    return impl_->reported - before;
}

bool Publisher::flush(std::chrono::milliseconds timeout)
{
    const Deadline deadline(timeout);
    while (impl_->in_flight > 0) {
        if (deadline.passed()) return false;
        poll(std::chrono::milliseconds{deadline.left_ms()});
    }
    return true;
}

std::size_t Publisher::in_flight() const
{
    return impl_->in_flight;
}

}  // namespace jangteo::kafka
