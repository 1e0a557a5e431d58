#include "http-edge/server/revocation_watch.hpp"

#include "events/codec.hpp"
#include "events/readers_rule.hpp"
#include "infra/kafka/partition_reader.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jangteo::edge {

namespace {

constexpr const char* topic = "identity.events";
constexpr std::chrono::milliseconds reader_wait{100};
constexpr std::chrono::milliseconds pause_after_failure{500};
constexpr std::size_t most_at_once = 5'000;

/// Where a reader goes on in one partition.
struct Place {
    std::int64_t next_offset = 0;
    events::ReadersRule rule;
};

/// What happened in the last hour, as the read model has it.
struct Past {
    std::map<std::int32_t, Place> places;
    std::vector<events::SessionId> ended;
    std::vector<events::UserId> suspended;
    std::vector<events::UserId> erased;
};

constexpr std::string_view live_places =
    "SELECT c.partition, c.next_offset, c.writer, c.command_offset, c.sequence FROM projections.checkpoints c"
    " JOIN projections.registry r ON r.name = c.projection AND r.version = c.version"
    " WHERE r.schema_name = 'read_accounts' AND c.projection = 'accounts' AND c.topic = $1";

/// The places first: what is read after them may be newer, and is heard once more then, which changes nothing. Their
/// clock is that of the trade, which may be ahead of ours and never is behind it.
Past read_past(postgres::Session& session, std::chrono::seconds remembered)
{
    Past past;
    try {
        const auto places = session.query(live_places, {topic});
        for (std::size_t i = 0; i < places.size(); ++i) {
            past.places.emplace(
                static_cast<std::int32_t>(places.integer(i, 0)),
                Place{places.integer(i, 1), {places.uuid(i, 2), places.integer(i, 3), places.integer(i, 4)}});
        }
        const auto since = std::to_string(remembered.count()) + " s";
        const auto ended = session.query(
            "SELECT session_id FROM read_accounts.sessions WHERE ended_at > now() - $1::interval", {since});
        for (std::size_t i = 0; i < ended.size(); ++i) past.ended.push_back({ended.uuid(i, 0)});
        const auto out = session.query(
            "SELECT user_id, status FROM read_accounts.accounts WHERE shut_out_at > now() - $1::interval", {since});
        for (std::size_t i = 0; i < out.size(); ++i) {
            (out.text(i, 1) == "suspended" ? past.suspended : past.erased).push_back({out.uuid(i, 0)});
        }
    } catch (const postgres::StatementError& error) {
        // The read model makes its tables some time after the first edge is up: then the whole log is read.
        if (!error.missing_table()) throw;
        past = {};
    }
    return past;
}

}  // namespace

struct RevocationWatch::Impl {
    explicit Impl(Parts given) : parts(std::move(given)), thread([this] { watch(); }) {}

    using Batch = std::vector<events::Record>;

    // --- On the io thread ---

    void took(const Past& past)
    {
        const auto now = std::chrono::steady_clock::now();
        for (const auto& session : past.ended) parts.revocations.end(session, now);
        for (const auto& user : past.suspended) parts.revocations.suspend(user, now);
        for (const auto& user : past.erased) erased(user, now);
    }

    void took(const Batch& batch)
    {
        const auto now = std::chrono::steady_clock::now();
        for (const auto& event : batch) {
            try {
                parts.revocations.apply(event, now, [&](const events::UserId& user) {
                    if (parts.on_erased) parts.on_erased(user);
                });
            } catch (const events::DecodeError& error) {
                tell(std::string("an event that this program does not know: ") + error.what());
            }
        }
        parts.revocations.forget_old(now);
    }

    void erased(const events::UserId& user, Revocations::Time now)
    {
        parts.revocations.erase(user, now);
        if (parts.on_erased) parts.on_erased(user);
    }

    // --- On the thread ---

    void watch()
    {
        while (!stopping) {
            try {
                follow();
            } catch (const std::exception& error) {
                tell(error.what());
                std::unique_lock lock(mutex);
                changed.wait_for(lock, pause_after_failure, [this] { return stopping.load(); });
            }
        }
    }

    /// Begins anew with the past after any trouble: what it missed is in there.
    void follow()
    {
        postgres::Session session(parts.postgres);
        auto past = std::make_shared<Past>(read_past(session, parts.remembered));
        session.disconnect();
        kafka::PartitionReader reader(parts.kafka);
        std::map<std::int32_t, std::int64_t> behind;  // Where the log ended when this began.
        for (std::int32_t partition = 0; partition < parts.partitions; ++partition) {
            const kafka::TopicPartition place{topic, partition};
            const auto end = reader.end_offset(place);
            const auto next = past->places[partition].next_offset;
            if (next < end) behind[partition] = end;
            reader.start(place, next);
        }
        boost::asio::post(parts.io, [this, past] { took(*past); });
        while (!stopping) {
            auto batch = std::make_shared<Batch>();
            reader.poll(reader_wait, most_at_once, [&](events::Record&& record) {
                const auto end = behind.find(record.partition);
                if (end != behind.end() && record.offset + 1 >= end->second) behind.erase(end);
                if (past->places[record.partition].rule.see(record.envelope) !=
                    events::ReadersRule::Verdict::accepted) {
                    return;
                }
                if (record.envelope.type != events::rejected_type) batch->push_back(std::move(record));
            });
            const bool caught_up = behind.empty();
            if (batch->empty() && caught_up == ready.load()) continue;
            boost::asio::post(parts.io, [this, batch, caught_up] {
                took(*batch);
                if (caught_up) ready = true;
            });
        }
    }

    void tell(const std::string& text) const
    {
        if (parts.kafka.log) parts.kafka.log(kafka::LogLevel::warning, "revocations: " + text);
    }

    const Parts parts;
    std::atomic<bool> ready = false;
    std::atomic<bool> stopping = false;
    std::mutex mutex;
    std::condition_variable changed;
    std::thread thread;  ///< Last: it uses all of the above.
};

RevocationWatch::RevocationWatch(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}

RevocationWatch::~RevocationWatch()
{
    stop();
}

bool RevocationWatch::ready() const
{
    return impl_->ready;
}

void RevocationWatch::stop()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace jangteo::edge
