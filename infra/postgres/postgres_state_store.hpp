// State written behind, in PostgreSQL: tables write_side.* and, for sagas, sagas.timers.
#pragma once

#include "infra/postgres/session.hpp"
#include "infra/state/state_store.hpp"

namespace jangteo::postgres {

/// Used by one thread. Throws `Unavailable` when the database cannot be reached; the same call may then be made again.
class PostgresStateStore final : public state::StateStore {
public:
    explicit PostgresStateStore(Settings settings) : session_(std::move(settings)) {}

    std::optional<state::Watermark> watermark(const std::string& space, std::int32_t partition) override;
    std::vector<std::string> outcomes(const std::string& space, std::int32_t partition) override;
    std::vector<state::StateRow> load(const std::string& space, std::int32_t partition,
                                      const std::vector<std::string>& keys) override;
    void each_key(const std::string& space, std::int32_t partition,
                  const std::function<void(std::string_view)>& see) override;
    /// Nothing of a flush is written when the stored watermark has already come as far.
    void write(const std::string& space, std::int32_t partition, const state::Flush& flush) override;

private:
    Session session_;
};

}  // namespace jangteo::postgres
