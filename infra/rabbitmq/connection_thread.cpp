#include "infra/rabbitmq/connection_thread.hpp"

#include "infra/rabbitmq/connection.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace jangteo::rabbitmq {

namespace {

constexpr std::chrono::milliseconds first_delay{200};
constexpr std::chrono::milliseconds longest_delay{5'000};

Settings checked(Settings settings)
{
    Connection::check(settings);
    return settings;
}

}  // namespace

Bell::Bell() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (descriptor_ < 0) throw Error("rabbitmq: no descriptor left to wait for");
}

Bell::~Bell()
{
    ::close(descriptor_);
}

void Bell::ring() const
{
    eventfd_write(descriptor_, 1);
}

void Bell::quiet() const
{
    eventfd_t rung = 0;
    eventfd_read(descriptor_, &rung);
}

ConnectionThread::ConnectionThread(Settings settings, const Bell& bell, Serve serve)
    : settings_(checked(std::move(settings))),
      bell_(bell),
      serve_(std::move(serve)),
      delay_(first_delay),
      thread_([this] { run(); })
{}

ConnectionThread::~ConnectionThread()
{
    stop();
}

void ConnectionThread::ask_to_stop()
{
    stopping_ = true;
    watchdog_.hurry();
    bell_.ring();
}

void ConnectionThread::stop()
{
    ask_to_stop();
    const std::lock_guard lock(stop_mutex_);
    if (thread_.joinable()) thread_.join();
}

void ConnectionThread::connected()
{
    delay_ = first_delay;
    {
        const std::lock_guard lock(mutex_);
        status_.connected = true;
        if (connected_before_) ++status_.reconnects;
    }
    say(std::exchange(connected_before_, true) ? "connected again" : "connected", false);
}

void ConnectionThread::note(const std::string& trouble)
{
    {
        const std::lock_guard lock(mutex_);
        status_.trouble = trouble;
    }
    say(trouble, true);
}

ConnectionThread::Status ConnectionThread::status() const
{
    const std::lock_guard lock(mutex_);
    return status_;
}

void ConnectionThread::run()
{
    while (!stopping_) {
        try {
            serve_one_connection();
        } catch (const std::exception& error) {
            if (!stopping_) note(error.what());
        }
        {
            const std::lock_guard lock(mutex_);
            status_.connected = false;
        }
        const auto again_at = std::chrono::steady_clock::now() + delay_;
        for (auto left = delay_; !stopping_ && left.count() > 0;
             left = std::chrono::ceil<std::chrono::milliseconds>(again_at - std::chrono::steady_clock::now())) {
            pollfd bell{bell_.descriptor(), POLLIN, 0};
            poll(&bell, 1, static_cast<int>(left.count()));
            bell_.quiet();
        }
        delay_ = std::min(delay_ * 2, longest_delay);
    }
}

void ConnectionThread::serve_one_connection()
{
    Connection connection(settings_, watchdog_);
    serve_(connection);
    connection.close();
}

void ConnectionThread::say(const std::string& text, bool trouble) const
{
    if (settings_.log) settings_.log(settings_.name + ": " + text, trouble);
}

}  // namespace jangteo::rabbitmq
