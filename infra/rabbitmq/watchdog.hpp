// librabbitmq sends without a time limit: a broker that does not read (its memory or disk is short) holds the caller
// for good, and time-outs of the socket do nothing, since the library polls it. So somebody else shuts the socket down.
// Only the .cpp files of this folder include this.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace jangteo::rabbitmq {

/// Thread-safe; one connection at a time.
class Watchdog {
public:
    Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog();

    /// Keeps a descriptor of its own: the library closes its one when it likes, and the number may then be another's.
    void watch(int socket);
    void forget();
    /// From now on no call has more than a moment. For stopping.
    void hurry();
    /// A call took too long, and the socket was shut down.
    [[nodiscard]] bool barked() const;

    /// While it lives, a call into the library is under way.
    class Call {
    public:
        Call(Watchdog& watchdog, std::chrono::milliseconds limit);
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        ~Call();

    private:
        Watchdog& watchdog_;
    };

private:
    using Clock = std::chrono::steady_clock;

    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Clock::time_point> until_;  ///< When the call under way has to be over.
    int socket_ = -1;
    bool asleep_ = false;  ///< No need to wake the thread for every call: it looks again when its time is up.
    bool hurry_ = false;
    bool barked_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace jangteo::rabbitmq
