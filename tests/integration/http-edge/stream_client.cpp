#include "tests/integration/http-edge/stream_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <string_view>

namespace jangteo::edge::testing {

StreamClient::StreamClient(std::uint16_t port, const std::string& path, const std::string& token,
                           const std::vector<std::string>& headers, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0))
{
    if (receive_buffer > 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        closed_ = true;
        return;
    }
    std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    for (const auto& header : headers) request += header + "\r\n";
    request += "\r\n";
    closed_ = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size());
}

StreamClient::~StreamClient()
{
    ::close(socket_);
}

void StreamClient::pump(std::chrono::milliseconds wait)
{
    while (!closed_) {
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(wait.count())) <= 0) return;
        wait = std::chrono::milliseconds{0};
        std::array<char, 65'536> bytes;
        const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (size <= 0) {
            closed_ = true;
            return;
        }
        raw_.append(bytes.data(), static_cast<std::size_t>(size));
        if (head_.empty()) {
            const auto end = raw_.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            head_ = raw_.substr(0, end + 4);
            raw_.erase(0, end + 4);
            status_ = std::stoi(head_.substr(9, 3));
            chunked_ = head_.find("Transfer-Encoding: chunked") != std::string::npos;
            lined_ = head_.find("x-ndjson") != std::string::npos;
        }
        read_chunks();
        read_body();
    }
}

void StreamClient::read_chunks()
{
    if (!chunked_) {
        body_ += raw_;
        raw_.clear();
        return;
    }
    std::size_t at = 0;
    for (;;) {
        const auto line = raw_.find("\r\n", at);
        if (line == std::string::npos) break;
        const auto size = std::stoul(raw_.substr(at, line - at), nullptr, 16);
        if (raw_.size() < line + 2 + size + 2) break;
        if (size == 0) whole_ = true;
        body_.append(raw_, line + 2, size);
        at = line + 2 + size + 2;
    }
    raw_.erase(0, at);
}

void StreamClient::read_body()
{
    for (auto end = body_.find('\n', at_); end != std::string::npos; end = body_.find('\n', at_)) {
        const auto line = body_.substr(at_, end - at_);
        at_ = end + 1;
        if (lined_) {
            lines_.push_back(line);
        } else {
            read_line(line);
        }
    }
}

void StreamClient::read_line(const std::string& line)
{
    const auto value = [&](std::string_view name) { return line.substr(name.size()); };
    if (line.empty()) {
        if (!next_.id.empty()) last_id_ = next_.id;
        if (has_data_) events_.push_back(next_);
        next_ = {};
        has_data_ = false;
    } else if (line.starts_with("id: ")) {
        next_.id = value("id: ");
    } else if (line.starts_with("event: ")) {
        next_.name = value("event: ");
    } else if (line.starts_with("data: ")) {
        next_.data = value("data: ");
        has_data_ = true;
    } else if (line.starts_with("retry: ")) {
        retry_ms_ = std::stoi(value("retry: "));
    }
}

bool StreamClient::until(const std::function<bool()>& holds, std::chrono::milliseconds longest)
{
    const auto deadline = std::chrono::steady_clock::now() + longest;
    while (!holds()) {
        if (closed_ || std::chrono::steady_clock::now() > deadline) return holds();
        pump(std::chrono::milliseconds{50});
    }
    return true;
}

}  // namespace jangteo::edge::testing
