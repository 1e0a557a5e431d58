#include "infra/rabbitmq/watchdog.hpp"

#include "infra/rabbitmq/settings.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace jangteo::rabbitmq {

namespace {

constexpr std::chrono::milliseconds a_moment{300};

}  // namespace

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog()
{
    forget();
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Watchdog::watch(int socket)
{
    forget();
    const std::lock_guard lock(mutex_);
    socket_ = dup(socket);
    if (socket_ < 0) throw Error("no descriptor left to watch a connection with");
}

void Watchdog::forget()
{
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
    barked_ = false;
}

void Watchdog::hurry()
{
    {
        const std::lock_guard lock(mutex_);
        hurry_ = true;
        if (until_) until_ = std::min(*until_, Clock::now() + a_moment);
    }
    changed_.notify_one();
}

bool Watchdog::barked() const
{
    const std::lock_guard lock(mutex_);
    return barked_;
}

void Watchdog::run()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!until_) {
            asleep_ = true;
            changed_.wait(lock);
            asleep_ = false;
        } else if (const auto until = *until_; Clock::now() < until) {
            changed_.wait_until(lock, until);
        } else {
            barked_ = true;
            if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
            until_.reset();
        }
    }
}

Watchdog::Call::Call(Watchdog& watchdog, std::chrono::milliseconds limit) : watchdog_(watchdog)
{
    const std::lock_guard lock(watchdog.mutex_);
    watchdog.until_ = Clock::now() + (watchdog.hurry_ ? std::min(limit, a_moment) : limit);
    if (watchdog.asleep_) watchdog.changed_.notify_one();
}

Watchdog::Call::~Call()
{
    const std::lock_guard lock(watchdog_.mutex_);
    watchdog_.until_.reset();
}

}  // namespace jangteo::rabbitmq
