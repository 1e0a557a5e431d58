#include "tests/integration/http-edge/http_client.hpp"

#include "events/ids.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <utility>

namespace jangteo::edge::testing {

namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void read_headers(std::string_view head, HttpAnswer& answer)
{
    answer.status = std::stoi(std::string(head.substr(9, 3)));
    for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
        const auto colon = head.find(": ", line + 2);
        if (colon == std::string_view::npos) continue;
        const auto end = head.find("\r\n", colon);
        answer.headers[std::string(head.substr(line + 2, colon - line - 2))] =
            std::string(head.substr(colon + 2, end == std::string_view::npos ? end : end - colon - 2));
    }
}

}  // namespace

std::uint16_t free_port()
{
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
}

void HttpClient::disconnect()
{
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

bool HttpClient::connect()
{
    if (socket_ >= 0) return true;
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval longest{40, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    const auto address = loopback(port_);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
    disconnect();
    return false;
}

bool HttpClient::exchange(const std::string& request, HttpAnswer& answer)
{
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
        return false;
    }
    std::string received;
    std::size_t head = std::string::npos;
    std::size_t length = 0;
    for (;;) {
        if (head == std::string::npos) {
            head = received.find("\r\n\r\n");
            if (head != std::string::npos) {
                read_headers(std::string_view(received).substr(0, head), answer);
                length = std::stoul(answer.header("Content-Length"));
            }
        }
        if (head != std::string::npos && received.size() >= head + 4 + length) break;
        char bytes[16'384];
        const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size <= 0) return false;
        received.append(bytes, static_cast<std::size_t>(size));
    }
    answer.body = received.substr(head + 4, length);
    if (answer.header("Connection") == "close") disconnect();
    return true;
}

HttpAnswer HttpClient::ask(std::string_view method, std::string_view path, const std::string& token,
                           std::string_view body, std::initializer_list<std::string> headers)
{
    std::string request = std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    for (const auto& header : headers) request += header + "\r\n";
    const bool has_key =
        std::ranges::any_of(headers, [](const auto& header) { return header.starts_with("Idempotency-Key:"); });
    if (method != "GET" && !has_key) request += "Idempotency-Key: " + events::to_string(events::random_uuid()) + "\r\n";
    if (method != "GET") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(std::move(request), body);
}

HttpAnswer HttpClient::ask_without_key(std::string_view method, std::string_view path, const std::string& token,
                                       std::string_view body)
{
    std::string request = std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n";
    request += "Authorization: Bearer " + token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return send(std::move(request), body);
}

HttpAnswer HttpClient::send(std::string request, std::string_view body)
{
    if (!body.empty()) request += "Content-Type: application/json\r\n";
    request += "\r\n";
    request += body;
    // A kept connection may have ended meanwhile; every command here has a key or is sent once.
    for (int attempt = 0; attempt < 2; ++attempt) {
        const bool fresh = socket_ < 0;
        HttpAnswer answer;
        if (connect() && exchange(request, answer)) return answer;
        disconnect();
        if (fresh) break;
    }
    return {};
}

}  // namespace jangteo::edge::testing
