// Queries of the read models: a few connections to PostgreSQL, each with its thread.
#pragma once

#include "http-edge/server/workers.hpp"
#include "infra/postgres/session.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace jangteo::edge {

class QueryPool {
public:
    QueryPool(boost::asio::io_context& io, const postgres::Settings& settings, std::size_t connections,
              std::size_t longest_queue)
        : workers_(io, connections, longest_queue)
    {
        for (std::size_t i = 0; i < connections; ++i)
            sessions_.push_back(std::make_unique<postgres::Session>(settings));
    }

    /// Runs `work(session)` beside the io thread. Throws what it threw (postgres::Unavailable …), and Problem
    /// COMMON_503 when too many wait already.
    template <class Work>
    auto run(Work work) -> Awaitable<std::invoke_result_t<Work&, postgres::Session&>>
    {
        auto on_thread = [this, &work](std::size_t thread) { return work(*sessions_[thread]); };
        auto result = co_await workers_.run(on_thread);
        co_return result;
    }

    /// One statement that changes nothing.
    Awaitable<postgres::Rows> query(std::string_view sql, std::vector<postgres::Parameter> parameters)
    {
        auto work = [sql, &parameters](postgres::Session& session) { return session.query(sql, parameters); };
        auto rows = co_await run(work);
        co_return rows;
    }

    [[nodiscard]] Workers::Load load() { return workers_.load(); }
    void stop() { workers_.stop(); }

private:
    std::vector<std::unique_ptr<postgres::Session>> sessions_;
    Workers workers_;  ///< Last: its threads use the sessions.
};

}  // namespace jangteo::edge
