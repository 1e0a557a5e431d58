#include "bench/figures/http_loop.hpp"

#include "events/ids.hpp"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace jangteo::bench {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t read_size = 16 * 1024;
constexpr milliseconds longest_silence{20'000};

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// The value of a header in the head of an answer; names in any case.
std::string_view header_of(std::string_view head, std::string_view name)
{
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line)) {
        line += 2;
        const auto text = head.substr(line, head.find("\r\n", line) - line);
        if (text.size() <= name.size() || text[name.size()] != ':') continue;
        if (!std::equal(name.begin(), name.end(), text.begin(), same)) continue;
        auto value = text.substr(name.size() + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        return value;
    }
    return {};
}

}  // namespace

std::string http_request(std::string_view method, std::string_view path, const std::string& token,
                         std::string_view body)
{
    std::string request;
    request.reserve(512 + token.size() + body.size());
    request.append(method).append(" ").append(path);
    request.append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ").append(token);
    request.append("\r\nIdempotency-Key: ").append(events::to_string(events::random_uuid()));
    request.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    request.append("\r\n\r\n").append(body);
    return request;
}

HttpLoop::HttpLoop(const Address& address, std::size_t connections)
    : address_(address), poll_(epoll_create1(EPOLL_CLOEXEC)), connections_(connections)
{
    if (poll_ < 0) fail("epoll");
    for (std::size_t i = 0; i < connections; ++i) open(i);
}

HttpLoop::~HttpLoop()
{
    for (const auto& connection : connections_) {
        if (connection.socket >= 0) close(connection.socket);
    }
    if (poll_ >= 0) close(poll_);
}

void HttpLoop::open(std::size_t index)
{
    auto& connection = connections_[index];
    if (connection.socket >= 0) close(connection.socket);
    connection.socket = -1;
    connection.answer.clear();
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found) != 0) {
        throw std::runtime_error("cannot resolve " + address_.host);
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
    connection.socket = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.socket < 0) fail("socket");
    if (connect(connection.socket, found->ai_addr, found->ai_addrlen) != 0) fail("connecting to the edge");
    const int on = 1;
    setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) fail("epoll");
}

void HttpLoop::ask(HttpTalk& talk, std::size_t index)
{
    auto& connection = connections_[index];
    talk.ask(index, connection.request);
    connection.asked_at = steady_clock::now();
    connection.waits = true;
    send(index);
}

void HttpLoop::send(std::size_t index)
{
    // Requests are far smaller than a socket's buffer, and one at a time: this does not wait.
    auto& connection = connections_[index];
    std::string_view left = connection.request;
    while (!left.empty()) {
        const auto sent = ::send(connection.socket, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return;  // The edge has closed it; reading says so next.
        left.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool HttpLoop::receive(std::size_t index, unsigned& status, std::string_view& body, bool& closes)
{
    auto& connection = connections_[index];
    std::array<char, read_size> part;
    const auto got = recv(connection.socket, part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
        status = 0;
        body = "the connection was closed";
        closes = true;
        return true;
    }
    connection.answer.append(part.data(), static_cast<std::size_t>(got));
    const std::string_view answer = connection.answer;
    const auto head_end = answer.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return false;
    const auto head = answer.substr(0, head_end + 2);
    const auto length_text = header_of(head, "content-length");
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    if (answer.size() < head_end + 4 + length) return false;
    status = 0;
    if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, status);
    body = answer.substr(head_end + 4, length);
    closes = header_of(head, "connection") == "close";
    return true;
}

Measured HttpLoop::run(HttpTalk& talk, milliseconds warm_up, milliseconds duration)
{
    const auto from = steady_clock::now() + warm_up;
    const auto until = from + duration;
    auto measured = loop(
        talk, [&] { return steady_clock::now() < until; },
        [&](steady_clock::time_point at) { return at >= from && at < until; }, longest_silence, nullptr);
    measured.rate_per_s =
        static_cast<double>(measured.latencies.count()) / std::chrono::duration<double>(duration).count();
    return measured;
}

Measured HttpLoop::once_each(HttpTalk& talk, milliseconds patience, std::size_t& hung)
{
    const auto start = steady_clock::now();
    auto measured = loop(
        talk, [] { return false; }, [](steady_clock::time_point) { return true; }, patience, &hung);
    measured.rate_per_s = static_cast<double>(measured.latencies.count()) /
                          std::chrono::duration<double>(steady_clock::now() - start).count();
    return measured;
}

template <class GoesOn, class Counts>
Measured HttpLoop::loop(HttpTalk& talk, GoesOn goes_on, Counts counts, milliseconds silence, std::size_t* hung)
{
    Measured measured;
    std::size_t outstanding = connections_.size();
    for (std::size_t i = 0; i < connections_.size(); ++i) ask(talk, i);
    auto heard_at = steady_clock::now();
    std::array<epoll_event, 256> ready{};
    while (outstanding > 0) {
        const int count = epoll_wait(poll_, ready.data(), ready.size(), 100);
        const auto now = steady_clock::now();
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(ready[static_cast<std::size_t>(i)].data.u64);
            auto& connection = connections_[index];
            unsigned status = 0;
            std::string_view body;
            bool closes = false;
            if (!receive(index, status, body, closes)) continue;
            heard_at = now;
            if (connection.waits) {
                connection.waits = false;
                --outstanding;
                if (auto complaint = talk.complaint(index, status, body); !complaint.empty()) {
                    if (measured.unexpected++ == 0) measured.first_unexpected = std::move(complaint);
                } else if (counts(now)) {
                    measured.latencies.add(now - connection.asked_at);
                }
            }
            connection.answer.clear();
            if (closes) open(index);
            if (!connection.waits && goes_on()) {
                ask(talk, index);
                ++outstanding;
            }
        }
        if (now - heard_at > silence) {
            if (hung == nullptr) {
                throw std::runtime_error(std::to_string(outstanding) + " requests got no answer");
            }
            *hung = outstanding;
            return measured;
        }
    }
    return measured;
}

}  // namespace jangteo::bench
