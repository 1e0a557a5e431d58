#include "http-edge/server/usage_exchange.hpp"

#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/kafka/topics.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::chrono::milliseconds told_every{100};
constexpr std::chrono::milliseconds reader_wait{500};
constexpr std::chrono::milliseconds pause_after_failure{1'000};
constexpr std::chrono::milliseconds message_timeout{5'000};
constexpr std::chrono::seconds swept_every{60};
constexpr std::size_t most_at_once = 5'000;

Usage::Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

struct UsageExchange::Impl {
    Impl(boost::asio::io_context& context, kafka::Settings settings, std::string name, Usage& counted)
        : io(context),
          kafka(std::move(settings)),
          source("/jangteo/edge/" + std::move(name)),
          usage(counted),
          timer(context.get_executor()),
          thread([this] { exchange(); })
    {
        boost::asio::co_spawn(io, tell(*this), boost::asio::detached);
    }

    // --- On the io thread ---

    static Awaitable<void> tell(Impl& self)
    {
        auto sweep_at = now() + swept_every;
        while (!self.stopping) {
            self.timer.expires_after(told_every);
            co_await self.timer.async_wait(as_result);
            if (auto news = self.usage.take_news(); !news.empty()) self.hand_over(to_text(news));
            if (now() < sweep_at) continue;
            self.usage.forget_old(now());
            sweep_at = now() + swept_every;
        }
    }

    void hand_over(std::string text)
    {
        const std::lock_guard lock(mutex);
        untold += text;
        if (reader) reader->wake();
    }

    // --- On the thread ---

    void exchange()
    {
        while (!stopping) {
            try {
                exchange_with_kafka();
            } catch (const std::exception& error) {
                if (kafka.log) kafka.log(kafka::LogLevel::warning, std::string("usage: ") + error.what());
                std::unique_lock lock(mutex);
                changed.wait_for(lock, pause_after_failure, [this] { return stopping.load(); });
            }
        }
    }

    void exchange_with_kafka()
    {
        kafka::PartitionReader own(kafka);
        const Reading reading(*this, own);
        kafka::Publisher publisher(kafka, {.message_timeout = message_timeout}, [](auto...) {});
        publisher.prepare({kafka::edge_usage});
        const kafka::TopicPartition place{kafka::edge_usage, 0};
        own.start(place, own.begin_offset(place));
        while (!stopping) {
            auto news = std::make_shared<std::vector<UsageNews>>();
            own.poll(reader_wait, most_at_once, [&](events::Record&& record) {
                if (record.envelope.source == source) return;
                for (const auto& one : usage_news_in(record.value)) news->push_back(one);
            });
            if (!news->empty()) boost::asio::post(io, [this, news] { usage.heard(*news, now()); });
            publish(publisher);
        }
    }

    void publish(kafka::Publisher& publisher)
    {
        events::Record record;
        {
            const std::lock_guard lock(mutex);
            record.value = std::exchange(untold, {});
        }
        publisher.poll(std::chrono::milliseconds(0));
        if (record.value.empty()) return;
        record.topic = kafka::edge_usage;
        record.partition = 0;
        record.envelope.id = events::random_uuid();
        record.envelope.type = "jangteo.edge.Usage";
        record.envelope.source = source;
        record.envelope.subject = source;
        record.envelope.time = now();
        publisher.publish(record, 1);
    }

    /// Who hands over wakes the reader as long as there is one.
    class Reading {
    public:
        Reading(Impl& impl, kafka::PartitionReader& reader) : impl_(impl)
        {
            const std::lock_guard lock(impl_.mutex);
            impl_.reader = &reader;
        }
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;
        ~Reading()
        {
            const std::lock_guard lock(impl_.mutex);
            impl_.reader = nullptr;
        }

    private:
        Impl& impl_;
    };

    boost::asio::io_context& io;
    const kafka::Settings kafka;
    const std::string source;
    Usage& usage;
    Timer timer;
    std::atomic<bool> stopping = false;
    std::mutex mutex;
    std::condition_variable changed;
    std::string untold;
    kafka::PartitionReader* reader = nullptr;
    std::thread thread;  ///< Last: it uses all of the above.
};

UsageExchange::UsageExchange(boost::asio::io_context& io, kafka::Settings kafka, std::string instance, Usage& usage)
    : impl_(std::make_unique<Impl>(io, std::move(kafka), std::move(instance), usage))
{}

UsageExchange::~UsageExchange()
{
    stop();
}

void UsageExchange::stop()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        if (impl_->reader != nullptr) impl_->reader->wake();
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace jangteo::edge
