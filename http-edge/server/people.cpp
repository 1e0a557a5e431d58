#include "http-edge/server/people.hpp"

#include "http-edge/server/errors.hpp"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jangteo::edge {

namespace {

constexpr std::size_t most_at_once = 500;

/// Whose account is gone while the key is not: an edge ended between the two.
constexpr std::string_view left_undone =
    "SELECT a.user_id FROM read_accounts.accounts a JOIN personal.keys k ON k.user_id = a.user_id"
    " WHERE a.shut_out_at IS NOT NULL AND a.status = 'deleted' AND k.erased_at IS NULL LIMIT 100";

}  // namespace

struct People::Impl {
    /// Somebody who waits for a key to be fetched or taken away.
    struct Errand {
        Errand(boost::asio::io_context& io, const events::UserId& whose, bool erasing)
            : user(whose), erase(erasing), done(io.get_executor(), Timer::time_point::max())
        {}
        events::UserId user;
        bool erase;
        bool failed = false;
        std::optional<crypto::Key> key;
        Timer done;
    };
    using Errands = std::vector<std::shared_ptr<Errand>>;

    Impl(boost::asio::io_context& context, postgres::Settings postgres, personal::Masters given, kafka::Log tell,
         PeopleSettings how)
        : io(context),
          masters(std::move(given)),
          log(std::move(tell)),
          settings(how),
          session(std::move(postgres)),
          thread([this] { run(); })
    {}

    // --- On the io thread ---

    Awaitable<std::shared_ptr<Errand>> send(events::UserId user, bool erase)
    {
        auto errand = std::make_shared<Errand>(io, user, erase);
        {
            const std::lock_guard lock(mutex);
            if (waiting.size() >= settings.most_waiting) {
                throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
            }
            waiting.push_back(errand);
        }
        changed.notify_one();
        co_await errand->done.async_wait(as_result);
        if (errand->failed) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
        co_return errand;
    }

    void remember(const crypto::Key& key, const events::UserId& user)
    {
        // It may have been on its way from the table when it was taken away there.
        if (erased.contains(user) || !known.emplace(user, key).second) return;
        by_age.push_back(user);
        while (by_age.size() > settings.remembered) {
            known.erase(by_age.front());
            by_age.pop_front();
        }
    }

    void forget(const events::UserId& user)
    {
        erased.insert(user);
        known.erase(user);
    }

    void took(const Errands& errands)
    {
        for (const auto& errand : errands) {
            if (errand->erase && !errand->failed) forget(errand->user);
            if (errand->key) remember(*errand->key, errand->user);
            errand->done.cancel();
        }
    }

    // --- On the thread ---

    void run()
    {
        auto sweep_at = std::chrono::steady_clock::now() + settings.sweep;
        for (;;) {
            Errands batch;
            {
                std::unique_lock lock(mutex);
                changed.wait_until(lock, sweep_at, [this] { return stopping || !waiting.empty(); });
                if (stopping) return;
                while (!waiting.empty() && batch.size() < most_at_once) {
                    batch.push_back(std::move(waiting.front()));
                    waiting.pop_front();
                }
            }
            if (!batch.empty()) serve(std::move(batch));
            if (std::chrono::steady_clock::now() < sweep_at) continue;
            sweep();
            sweep_at = std::chrono::steady_clock::now() + settings.sweep;
        }
    }

    void serve(Errands batch)
    {
        try {
            std::vector<events::UserId> users;
            for (const auto& errand : batch) {
                if (errand->erase) {
                    personal::erase(session, errand->user);
                } else {
                    users.push_back(errand->user);
                }
            }
            if (!users.empty()) {
                const auto keys = personal::keys_made_for(session, masters, users);
                for (const auto& errand : batch) {
                    const auto found = keys.find(errand->user);
                    if (!errand->erase && found != keys.end()) errand->key = found->second;
                }
            }
        } catch (const std::exception& error) {
            tell(error);
            for (const auto& errand : batch) errand->failed = true;
        }
        // The last reference may have to go on the io thread: a timer belongs to it.
        boost::asio::post(io, [this, served = std::move(batch)] { took(served); });
    }

    void sweep()
    {
        try {
            const auto rows = session.query(left_undone);
            for (std::size_t i = 0; i < rows.size(); ++i) personal::erase(session, {rows.uuid(i, 0)});
        } catch (const postgres::StatementError& error) {
            if (!error.missing_table()) tell(error);  // Read models make their own tables, some time after us.
        } catch (const std::exception& error) {
            tell(error);
        }
    }

    void tell(const std::exception& error) const
    {
        if (log) log(kafka::LogLevel::warning, std::string("keys of persons: ") + error.what());
    }

    boost::asio::io_context& io;
    const personal::Masters masters;
    const kafka::Log log;
    const PeopleSettings settings;
    std::unordered_map<events::UserId, crypto::Key> known;
    std::deque<events::UserId> by_age;
    std::unordered_set<events::UserId> erased;  ///< Since this edge began.

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::shared_ptr<Errand>> waiting;
    bool stopping = false;
    postgres::Session session;  ///< The thread's.
    std::thread thread;         ///< Last: it uses all of the above.
};

People::People(boost::asio::io_context& io, postgres::Settings postgres, personal::Masters masters, kafka::Log log,
               PeopleSettings settings)
    : impl_(std::make_unique<Impl>(io, std::move(postgres), std::move(masters), std::move(log), settings))
{}

People::~People()
{
    stop();
}

Awaitable<std::optional<crypto::Key>> People::key_of(events::UserId user)
{
    if (impl_->erased.contains(user)) co_return std::nullopt;
    if (const auto found = impl_->known.find(user); found != impl_->known.end()) co_return found->second;
    const auto errand = co_await impl_->send(user, false);
    if (impl_->erased.contains(user)) co_return std::nullopt;
    co_return errand->key;
}

Awaitable<void> People::erase(events::UserId user)
{
    co_await impl_->send(user, true);
}

void People::forget(const events::UserId& user)
{
    impl_->forget(user);
}

crypto::Key People::unwrapped(const events::UserId& user, std::string_view wrapped) const
{
    return personal::unwrapped(impl_->masters, user, wrapped);
}

void People::stop()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

std::string opened_or_empty(const std::optional<crypto::Key>& key, std::string_view sealed, std::string_view bound_to)
{
    if (!key || sealed.empty()) return {};
    try {
        return crypto::open(*key, sealed, bound_to);
    } catch (const crypto::CannotOpen&) {
        return {};
    }
}

}  // namespace jangteo::edge
