// Stands between a test and its server: it cuts connections, and it stops reading as a broker in need of memory does.
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace jangteo::tests {

class Proxy {
public:
    /// To the server that an AMQP URL names.
    explicit Proxy(std::string url) : url_(std::move(url))
    {
        host_begin_ = url_.find('@') + 1;
        host_end_ = url_.find('/', host_begin_);
        const auto colon = url_.find(':', host_begin_);
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        const auto host = url_.substr(host_begin_, colon - host_begin_);
        const auto port = url_.substr(colon + 1, host_end_ - colon - 1);
        if (getaddrinfo(host.c_str(), port.c_str(), &hints, &server_) != 0) throw std::runtime_error("no " + host);

        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
            getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no port for a proxy");
        }
        port_ = ntohs(address.sin_port);
        threads_.emplace_back([this] { accept_all(); });
    }
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;
    ~Proxy()
    {
        shutdown(listener_, SHUT_RDWR);
        threads_.front().join();  // No new ones from here on.
        hold(false);
        cut();
        for (auto& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
        for (const int socket : sockets_) close(socket);
        close(listener_);
        freeaddrinfo(server_);
    }

    /// The server's URL, by way of the proxy.
    [[nodiscard]] std::string url() const
    {
        return url_.substr(0, host_begin_) + "127.0.0.1:" + std::to_string(port_) + url_.substr(host_end_);
    }
    /// Ends all connections.
    void cut()
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
    }
    /// Reads nothing more from the clients.
    void hold(bool held)
    {
        {
            const std::lock_guard lock(mutex_);
            held_ = held;
        }
        changed_.notify_all();
    }
    void refuse(bool refused)
    {
        const std::lock_guard lock(mutex_);
        refused_ = refused;
    }

private:
    void accept_all()
    {
        for (;;) {
            const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) return;
            const int server = socket(server_->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const std::lock_guard lock(mutex_);
            sockets_.insert(sockets_.end(), {client, server});
            if (refused_ || connect(server, server_->ai_addr, server_->ai_addrlen) != 0) {
                shutdown(client, SHUT_RDWR);
                continue;
            }
            threads_.emplace_back([this, client, server] { pass_on(client, server, true); });
            threads_.emplace_back([this, client, server] { pass_on(server, client, false); });
        }
    }

    void pass_on(int from, int to, bool can_be_held)
    {
        std::array<char, 16'384> buffer{};
        for (;;) {
            if (can_be_held) {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return !held_; });
            }
            const auto size = recv(from, buffer.data(), buffer.size(), 0);
            if (size <= 0 || send(to, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) break;
        }
        shutdown(from, SHUT_RDWR);
        shutdown(to, SHUT_RDWR);
    }

    std::string url_;
    std::size_t host_begin_ = 0;
    std::size_t host_end_ = 0;
    addrinfo* server_ = nullptr;
    int listener_ = -1;
    int port_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    bool refused_ = false;
    std::vector<int> sockets_;  ///< Closed at the end, so that no number is used twice.
    std::vector<std::thread> threads_;
};

}  // namespace jangteo::tests
