// A thread that does slow work in order and hands the results back.
#pragma once

#include "infra/kafka/settings.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace jangteo::loop {

class Background {
public:
    using Work = std::function<std::function<void()>()>;

    /// `done` is called from the background thread whenever a result is waiting. It must only notify.
    Background(std::string name, kafka::Log log, std::function<void()> done);
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    /// Gives up what has not begun; waits for what has.
    ~Background();

    void add(std::string what, Work work);
    /// For work that nobody waits for: in the order of the calls, but mostly behind what `add` was given.
    void add_idle(std::string what, Work work);
    /// Runs the results that are waiting, on the caller's thread. Returns how many.
    std::size_t deliver();

private:
    struct Job {
        std::string what;
        Work work;
    };

    void add_to(std::deque<Job>& jobs, std::string what, Work work);
    void run();

    const std::string name_;
    const kafka::Log log_;
    const std::function<void()> done_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    std::deque<Job> idle_jobs_;
    std::vector<std::function<void()>> results_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace jangteo::loop
