// A thread with a connection of its own, which it makes anew whenever it is lost. Only the .cpp files of this folder
// include this.
#pragma once

#include "infra/rabbitmq/settings.hpp"
#include "infra/rabbitmq/watchdog.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace jangteo::rabbitmq {

class Connection;

/// Something that a thread can wait for together with a socket. Thread-safe.
class Bell {
public:
    Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell();

    void ring() const;
    void quiet() const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

class ConnectionThread {
public:
    /// Works with a new connection until `stopping`, coming back to the connection every second at least. Throws
    /// `Error` when the connection is lost; it is then called again with another one, after 200 ms, 400 ms … 5 s.
    using Serve = std::function<void(Connection&)>;
    struct Status {
        bool connected = false;
        std::uint64_t reconnects = 0;
        std::string trouble;
    };

    /// `bell` ends its waiting.
    ConnectionThread(Settings settings, const Bell& bell, Serve serve);
    ConnectionThread(const ConnectionThread&) = delete;
    ConnectionThread& operator=(const ConnectionThread&) = delete;
    ~ConnectionThread();

    /// The thread ends within two seconds, unless `Serve` takes longer. Any thread may ask.
    void ask_to_stop();
    void stop();  ///< Asks, and waits until it has ended.
    [[nodiscard]] bool stopping() const { return stopping_; }
    /// For `Serve`: everything is prepared, the connection is of use.
    void connected();
    /// Trouble that does not end the connection.
    void note(const std::string& trouble);
    [[nodiscard]] Status status() const;

private:
    void run();
    void serve_one_connection();
    void say(const std::string& text, bool trouble) const;

    const Settings settings_;
    const Bell& bell_;
    const Serve serve_;
    mutable std::mutex mutex_;
    Status status_;  ///< Guarded by `mutex_`.
    bool connected_before_ = false;
    std::chrono::milliseconds delay_;
    std::atomic<bool> stopping_{false};
    Watchdog watchdog_;
    std::mutex stop_mutex_;
    std::thread thread_;
};

}  // namespace jangteo::rabbitmq
