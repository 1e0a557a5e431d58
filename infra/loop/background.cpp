#include "infra/loop/background.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace jangteo::loop {

namespace {

constexpr std::chrono::milliseconds first_delay{50};
constexpr std::chrono::milliseconds longest_delay{5'000};
/// So many jobs that somebody waits for go before one that nobody waits for, or a busy thread would never come to it.
constexpr std::size_t most_before_idle = 32;

}  // namespace

Background::Background(std::string name, kafka::Log log, std::function<void()> done)
    : name_(std::move(name)), log_(std::move(log)), done_(std::move(done)), thread_([this] { run(); })
{}

Background::~Background()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Background::add(std::string what, Work work)
{
    add_to(jobs_, std::move(what), std::move(work));
}

void Background::add_idle(std::string what, Work work)
{
    add_to(idle_jobs_, std::move(what), std::move(work));
}

void Background::add_to(std::deque<Job>& jobs, std::string what, Work work)
{
    {
        const std::lock_guard lock(mutex_);
        jobs.push_back({std::move(what), std::move(work)});
    }
    changed_.notify_all();
}

std::size_t Background::deliver()
{
    std::vector<std::function<void()>> results;
    {
        const std::lock_guard lock(mutex_);
        results.swap(results_);
    }
    for (const auto& result : results) result();
    return results.size();
}

void Background::run()
{
    auto delay = first_delay;
    std::size_t since_idle = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return stopping_ || !jobs_.empty() || !idle_jobs_.empty(); });
        if (stopping_) return;
        const bool idle = jobs_.empty() || (!idle_jobs_.empty() && since_idle >= most_before_idle);
        since_idle = idle ? 0 : since_idle + 1;
        auto& line = idle ? idle_jobs_ : jobs_;
        const Job job = line.front();  // It stays in line until it has worked.
        lock.unlock();
        std::function<void()> result;
        bool worked = false;
        try {
            result = job.work();
            worked = true;
        } catch (const std::exception& error) {
            if (log_) {
                log_(kafka::LogLevel::warning, name_ + ": " + job.what + " failed, will be tried again in " +
                                                   std::to_string(delay.count()) + " ms: " + error.what());
            }
        }
        lock.lock();
        if (worked) {
            delay = first_delay;
            line.pop_front();
            if (result) results_.push_back(std::move(result));
            lock.unlock();
            done_();
            lock.lock();
        } else {
            changed_.wait_for(lock, delay, [&] { return stopping_; });
            delay = std::min(delay * 2, longest_delay);
        }
    }
}

}  // namespace jangteo::loop
