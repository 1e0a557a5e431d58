#include "http-edge/server/workers.hpp"

#include <boost/asio/post.hpp>
#include <exception>

namespace jangteo::edge {

struct Workers::Job {
    Job(boost::asio::io_context& io, std::function<void(std::size_t)> given)
        : work(std::move(given)), done(io.get_executor(), Timer::time_point::max())
    {}

    std::function<void(std::size_t)> work;
    std::exception_ptr failure;
    Timer done;  ///< Cancelled when the work is done.
};

Workers::Workers(boost::asio::io_context& io, std::size_t threads, std::size_t longest_queue)
    : io_(io), longest_queue_(longest_queue)
{
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work_on(i); });
}

Workers::~Workers()
{
    stop();
}

Awaitable<void> Workers::run_job(std::function<void(std::size_t)> work)
{
    auto job = std::make_shared<Job>(io_, std::move(work));
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.size() >= longest_queue_) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
        jobs_.push_back(job);
    }
    changed_.notify_one();
    co_await job->done.async_wait(as_result);
    if (job->failure) std::rethrow_exception(job->failure);
}

void Workers::work_on(std::size_t thread)
{
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
            ++busy_;
        }
        try {
            job->work(thread);
        } catch (...) {
            job->failure = std::current_exception();
        }
        {
            const std::lock_guard lock(mutex_);
            --busy_;
        }
        // The last reference may have to go on the io thread: a timer belongs to it.
        boost::asio::post(io_, [finished = std::move(job)] { finished->done.cancel(); });
    }
}

Workers::Load Workers::load()
{
    const std::lock_guard lock(mutex_);
    return {threads_.size(), busy_, jobs_.size()};
}

void Workers::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

}  // namespace jangteo::edge
