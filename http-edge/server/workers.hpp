// Threads for what blocks: queries, single records of the log. Coroutines await them; the io thread never waits.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/errors.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace jangteo::edge {

class Workers {
public:
    struct Load {
        std::size_t threads = 0;
        std::size_t busy = 0;
        std::size_t waiting = 0;
    };

    Workers(boost::asio::io_context& io, std::size_t threads, std::size_t longest_queue);
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers();

    /// Runs `work(thread)` on one of the threads, `thread` counting from 0, and returns what it returned. Throws what it
    /// threw, and Problem COMMON_503 when the queue is full. Called on the io thread.
    template <class Work>
    auto run(Work work) -> Awaitable<std::invoke_result_t<Work&, std::size_t>>
    {
        using Result = std::invoke_result_t<Work&, std::size_t>;
        // The frame outlives the work: it is resumed only after it.
        std::optional<Result> result;
        std::function<void(std::size_t)> job = [&result, &work](std::size_t thread) { result.emplace(work(thread)); };
        co_await run_job(std::move(job));
        co_return std::move(*result);
    }

    [[nodiscard]] Load load();
    /// Finishes what has begun and drops the rest, whose coroutines are never resumed: for the end of the server.
    void stop();

private:
    struct Job;
    Awaitable<void> run_job(std::function<void(std::size_t)> work);
    void work_on(std::size_t thread);

    boost::asio::io_context& io_;
    const std::size_t longest_queue_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Job>> jobs_;
    std::size_t busy_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace jangteo::edge
