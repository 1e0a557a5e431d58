#include "infra/rabbitmq/connection.hpp"

#include <amqp_tcp_socket.h>
#include <poll.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

using namespace std::chrono_literals;

constexpr amqp_channel_t channel = 1;
constexpr int heartbeat_seconds = 10;
constexpr int largest_frame = 131'072;
/// Nothing can end an attempt to connect before its time, and stopping must not take longer than two seconds.
constexpr auto connect_limit = 1'500ms;
constexpr auto answer_limit = 5s;
/// A broker that takes nothing for so long is not only busy.
constexpr auto send_limit = 5s;

timeval timeval_of(std::chrono::milliseconds time)
{
    return {time.count() / 1'000, time.count() % 1'000 * 1'000};
}

amqp_table_entry_t entry(const char* name, bool value)
{
    amqp_table_entry_t made{};
    made.key = amqp_cstring_bytes(name);
    made.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    made.value.value.boolean = value ? 1 : 0;
    return made;
}

template <class Close>
std::string text_of_close(const void* decoded)
{
    const auto* close = static_cast<const Close*>(decoded);
    return std::to_string(close->reply_code) + " " + std::string(text_of(close->reply_text));
}

std::string text_of_exception(const amqp_method_t& method)
{
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) return text_of_close<amqp_connection_close_t>(method.decoded);
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD) return text_of_close<amqp_channel_close_t>(method.decoded);
    return std::string("unexpected answer ") + amqp_method_name(method.id);
}

/// The parts of a URL, which librabbitmq takes apart where it stands.
struct Address {
    explicit Address(std::string url) : text(std::move(url))
    {
        // What librabbitmq says of a wrong URL does not contain it, and the URL contains a password.
        if (amqp_parse_url(text.data(), &parts) != AMQP_STATUS_OK) {
            throw std::invalid_argument("rabbitmq: the URL is not of the form amqp://user:password@host:port/vhost");
        }
        if (parts.ssl != 0) throw std::invalid_argument("rabbitmq: amqps is not supported");
    }

    std::string text;
    amqp_connection_info parts{};
};

}  // namespace

Arguments& Arguments::add(const char* name, std::string value)
{
    amqp_table_entry_t made{};
    made.key = amqp_cstring_bytes(name);
    made.value.kind = AMQP_FIELD_KIND_UTF8;
    made.value.value.bytes = bytes_of(texts_.emplace_back(std::move(value)));
    entries_.push_back(made);
    return *this;
}

Arguments& Arguments::add(const char* name, std::int32_t value)
{
    amqp_table_entry_t made{};
    made.key = amqp_cstring_bytes(name);
    made.value.kind = AMQP_FIELD_KIND_I32;
    made.value.value.i32 = value;
    entries_.push_back(made);
    return *this;
}

amqp_table_t Arguments::table()
{
    return {static_cast<int>(entries_.size()), entries_.data()};
}

Connection::Connection(const Settings& settings, Watchdog& watchdog)
    : watchdog_(watchdog), state_(amqp_new_connection())
{
    const Address address(settings.url);
    amqp_socket_t* socket = state_ ? amqp_tcp_socket_new(state_.get()) : nullptr;
    if (socket == nullptr) throw Error("rabbitmq: no memory for a connection");
    const auto connect_timeout = timeval_of(connect_limit);
    check(amqp_socket_open_noblock(socket, address.parts.host, address.parts.port, &connect_timeout), "connect");
    watchdog_.watch(amqp_get_sockfd(state_.get()));

    const auto answer_timeout = timeval_of(answer_limit);
    amqp_set_handshake_timeout(state_.get(), &answer_timeout);
    amqp_set_rpc_timeout(state_.get(), &answer_timeout);
    // Without these the broker keeps to itself that a consumer's queue is gone and that it takes nothing more.
    std::array capabilities{entry("consumer_cancel_notify", true), entry("connection.blocked", true)};
    std::array<amqp_table_entry_t, 2> properties{};
    properties[0].key = amqp_cstring_bytes("capabilities");
    properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
    properties[0].value.value.table = {static_cast<int>(capabilities.size()), capabilities.data()};
    properties[1].key = amqp_cstring_bytes("connection_name");
    properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
    properties[1].value.value.bytes = bytes_of(settings.name);
    const amqp_table_t table{static_cast<int>(properties.size()), properties.data()};

    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    check(amqp_login_with_properties(state_.get(), address.parts.vhost, 0, largest_frame, heartbeat_seconds, &table,
                                     AMQP_SASL_METHOD_PLAIN, address.parts.user, address.parts.password),
          "log in");
    amqp_channel_open(state_.get(), channel);
    check(amqp_get_rpc_reply(state_.get()), "open a channel");
}

void Connection::check(const Settings& settings)
{
    static_cast<void>(Address(settings.url));
}

Connection::~Connection()
{
    watchdog_.forget();
}

void Connection::declare(const std::string& queue, Arguments arguments)
{
    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    arguments.add("x-queue-type", "quorum");
    amqp_queue_declare(state_.get(), channel, bytes_of(queue), 0, 1, 0, 0, arguments.table());
    check(amqp_get_rpc_reply(state_.get()), "declare " + queue);
}

std::size_t Connection::messages_in(const std::string& queue)
{
    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    const auto* answer = amqp_queue_declare(state_.get(), channel, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(state_.get()), "count the messages in " + queue);
    return answer->message_count;
}

void Connection::remove(const std::string& queue)
{
    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    amqp_queue_delete(state_.get(), channel, bytes_of(queue), 0, 0);
    check(amqp_get_rpc_reply(state_.get()), "delete " + queue);
}

void Connection::confirm_what_is_published()
{
    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    amqp_confirm_select(state_.get(), channel);
    check(amqp_get_rpc_reply(state_.get()), "ask for confirmations");
}

void Connection::publish(std::string_view queue, const Task& task, std::string_view reason)
{
    const Properties properties(task, reason);
    const Watchdog::Call call(watchdog_, send_limit);
    check(amqp_basic_publish(state_.get(), channel, amqp_empty_bytes, bytes_of(queue), 1, 0, &properties.get(),
                             bytes_of(task.body)),
          "publish");
}

void Connection::consume(const std::string& queue, std::uint16_t prefetch)
{
    const Watchdog::Call call(watchdog_, 2 * answer_limit + 1s);
    amqp_basic_qos(state_.get(), channel, 0, prefetch, 0);
    check(amqp_get_rpc_reply(state_.get()), "set the prefetch");
    amqp_basic_consume(state_.get(), channel, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(state_.get()), "consume " + queue);
}

std::optional<Connection::Got> Connection::get(const std::string& queue)
{
    amqp_rpc_reply_t reply{};
    {
        const Watchdog::Call call(watchdog_, answer_limit + 1s);
        reply = amqp_basic_get(state_.get(), channel, bytes_of(queue), 0);
    }
    check(reply, "get from " + queue);
    if (reply.reply.id != AMQP_BASIC_GET_OK_METHOD) return std::nullopt;
    Got got{static_cast<const amqp_basic_get_ok_t*>(reply.reply.decoded)->delivery_tag, content(nullptr)};
    amqp_maybe_release_buffers(state_.get());
    return got;
}

void Connection::acknowledge(std::uint64_t tag)
{
    const Watchdog::Call call(watchdog_, send_limit);
    check(amqp_basic_ack(state_.get(), channel, tag, 0), "acknowledge");
}

void Connection::reject(std::uint64_t tag, bool back)
{
    const Watchdog::Call call(watchdog_, send_limit);
    check(amqp_basic_reject(state_.get(), channel, tag, back ? 1 : 0), "reject");
}

void Connection::wait(int descriptor, std::chrono::milliseconds most) const
{
    // The library may have read more than it was asked for.
    if (amqp_frames_enqueued(state_.get()) != 0 || amqp_data_in_buffer(state_.get()) != 0) return;
    std::array<pollfd, 2> descriptors{pollfd{amqp_get_sockfd(state_.get()), POLLIN, 0}, pollfd{descriptor, POLLIN, 0}};
    poll(descriptors.data(), descriptors.size(), static_cast<int>(most.count()));
}

void Connection::receive(FromBroker& from_broker)
{
    amqp_frame_t frame{};
    while (next(frame, 0ms)) {
        handle(frame, &from_broker);
        amqp_maybe_release_buffers(state_.get());
    }
}

void Connection::close()
{
    const Watchdog::Call call(watchdog_, answer_limit + 1s);
    check(amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS), "close");
}

bool Connection::next(amqp_frame_t& frame, std::chrono::milliseconds wait)
{
    const Watchdog::Call call(watchdog_, wait + send_limit);
    const auto timeout = timeval_of(wait);
    const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &timeout);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    check(status, "read");
    return true;
}

void Connection::handle(const amqp_frame_t& frame, FromBroker* from_broker)
{
    if (frame.frame_type != AMQP_FRAME_METHOD) throw Error("rabbitmq: a frame that belongs to nothing");
    const auto& method = frame.payload.method;
    switch (method.id) {
        case AMQP_CONNECTION_CLOSE_METHOD:
        case AMQP_CHANNEL_CLOSE_METHOD: throw Error("rabbitmq: closed by the broker: " + text_of_exception(method));
        case AMQP_BASIC_CANCEL_METHOD: throw Error("rabbitmq: the queue that was consumed is gone");
        default: break;
    }
    if (from_broker == nullptr) return;
    switch (method.id) {
        case AMQP_CONNECTION_BLOCKED_METHOD: from_broker->blocked(true); break;
        case AMQP_CONNECTION_UNBLOCKED_METHOD: from_broker->blocked(false); break;
        case AMQP_BASIC_ACK_METHOD: {
            const auto* ack = static_cast<const amqp_basic_ack_t*>(method.decoded);
            from_broker->confirmed(ack->delivery_tag, ack->multiple != 0, true);
            break;
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto* nack = static_cast<const amqp_basic_nack_t*>(method.decoded);
            from_broker->confirmed(nack->delivery_tag, nack->multiple != 0, false);
            break;
        }
        case AMQP_BASIC_RETURN_METHOD: {
            const std::string queue(text_of(static_cast<const amqp_basic_return_t*>(method.decoded)->routing_key));
            from_broker->returned(content(from_broker), queue);
            break;
        }
        case AMQP_BASIC_DELIVER_METHOD: {
            const auto* deliver = static_cast<const amqp_basic_deliver_t*>(method.decoded);
            from_broker->delivered(deliver->delivery_tag, deliver->redelivered != 0, content(from_broker));
            break;
        }
        default: break;
    }
}

// Not `amqp_read_message`: it waits without a limit and drops what the other channel (0: blocked, closed) says
// meanwhile.
Message Connection::content(FromBroker* from_broker)
{
    const amqp_basic_properties_t* properties = nullptr;
    std::size_t size = 0;
    std::string body;
    while (properties == nullptr || body.size() < size) {
        amqp_frame_t frame{};
        if (!next(frame, answer_limit)) throw Error("rabbitmq: the rest of a message does not come");
        if (frame.frame_type == AMQP_FRAME_HEADER) {
            properties = static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
            size = frame.payload.properties.body_size;
        } else if (frame.frame_type == AMQP_FRAME_BODY) {
            body += text_of(frame.payload.body_fragment);
        } else {
            handle(frame, from_broker);
        }
    }
    return read_message(*properties, std::move(body));
}

void Connection::check(const amqp_rpc_reply_t& reply, std::string_view what) const
{
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) check(reply.library_error, what);
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
        throw Error("rabbitmq: cannot " + std::string(what) + ": " + text_of_exception(reply.reply));
    }
}

void Connection::check(int status, std::string_view what) const
{
    if (status >= 0) return;
    throw Error("rabbitmq: cannot " + std::string(what) + ": " +
                (watchdog_.barked() ? "the broker took nothing for too long" : amqp_error_string2(status)));
}

}  // namespace jangteo::rabbitmq
