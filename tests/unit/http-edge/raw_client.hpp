// Bytes to a server and back, with nothing in between that would make them valid.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace jangteo::edge::testing {

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(socket_); }

    [[nodiscard]] bool connected() const { return connected_; }

    /// False when the other side has closed before everything was sent.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// What arrives until the other side closes, or nothing comes for `quiet`.
    std::string receive_all(std::chrono::milliseconds quiet = std::chrono::milliseconds(5'000))
    {
        std::string received;
        while (receive_some(received, quiet)) {
        }
        return received;
    }

    /// Until `ending` has arrived.
    std::string receive_until(std::string_view ending,
                              std::chrono::milliseconds quiet = std::chrono::milliseconds(5'000))
    {
        std::string received;
        while (received.find(ending) == std::string::npos && receive_some(received, quiet)) {
        }
        return received;
    }

    [[nodiscard]] bool closed_by_server() const { return closed_; }

private:
    bool receive_some(std::string& to, std::chrono::milliseconds quiet)
    {
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(quiet.count())) <= 0) return false;
        char bytes[4096];
        const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size <= 0) {
            closed_ = true;
            return false;
        }
        to.append(bytes, static_cast<std::size_t>(size));
        return true;
    }

    int socket_;
    bool connected_ = false;
    bool closed_ = false;
};

}  // namespace jangteo::edge::testing
