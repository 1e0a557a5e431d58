// Builds a read model anew from event zero while everybody goes on asking the old tables, and puts the new ones in their
// place (design §4, docs/decisions/0016):
//
//   filling     each partition is folded in memory and copied into bare tables, rows and checkpoint in one transaction
//   indexing    keys, indexes, statistics
//   following   what has happened meanwhile, and what did not fit into memory: batch by batch, like the live runner
//   comparing   counts and digests of the same moment, when the live tables are of the same version
//   switching   under the locks of the live checkpoints: the last events, then two renames, in one transaction
//
// Killed anywhere it goes on where it was. The former tables stay as `previous`, for `roll_back`.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"
#include "projections/runtime/postgres_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace jangteo::projections::rebuild {

enum class Phase { filling, indexing, following, comparing, switching };

/// How far it is. `total` may grow: people go on shopping.
struct Told {
    Phase phase = Phase::filling;
    std::int64_t events = 0;  ///< Read in this phase.
    std::int64_t total = 0;
};

/// Places where a test may kill it.
enum class Step { begun, filling, filled, indexing, indexed, followed, compared, locked, switching, switched };

/// In each partition up to the first event that happened later; or up to the events that a position names, these
/// included, and to its end in a partition that it does not name.
using AsOf = std::variant<events::Timestamp, events::Position>;

struct Settings {
    kafka::Settings kafka;
    std::string postgres;  ///< Keyword form.
    const ReadModel* model = nullptr;

    std::size_t threads = 2;
    /// For rows that are gathered, of all threads together. A partition that would take more is copied as far as it has
    /// come, and the rest of it follows batch by batch.
    std::size_t memory_limit = 512 << 20;
    Projector::ParkingLimit parking{};

    bool accept_parked = false;       ///< Switch though some aggregates are parked in the new tables.
    bool accept_differences = false;  ///< Switch though the live tables have other rows.
    bool anew = false;                ///< Begin from event zero, whatever an interrupted rebuild has left.

    std::function<void(const Told&)> tell{};  ///< Called from several threads, one at a time.
    std::function<void(Step)> on_step{};      ///< For tests.
};

/// It cannot be done, or not now; the message is for the operator.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What `build` would do.
struct Plan {
    std::int64_t events = 0;  ///< Records to read, at present.
    std::optional<int> live_version;
    std::int64_t live_bytes = 0;  ///< On disk; the new tables will need about as much.
    std::string interrupted;      ///< The phase in which a rebuild was interrupted that would go on; empty: none.
    bool drops_previous = false;
};

struct Report {
    std::string schema;                        ///< Where the built tables are now.
    std::int64_t events = 0;                   ///< Records read.
    std::map<Phase, double> seconds;           ///< What each phase took.
    std::map<std::string, std::int64_t> rows;  ///< By table.
    std::vector<Parked> parked;                ///< The first one of each aggregate.
    std::optional<std::string> compared;   ///< What was compared, in a sentence; empty: there was nothing to compare.
    std::vector<std::string> differences;  ///< From the live tables, in sentences.
    std::string not_switched;              ///< Why not; empty: it has switched, or was not meant to.
};

Plan plan(const Settings& settings);

/// Everything; the report says whether it has switched. Throws Refused, and what Kafka and PostgreSQL throw: then it can
/// be called again and goes on.
Report build(const Settings& settings);

/// Into tables of their own, read_<name>_at_…; nothing is switched. The same moment again replaces them.
Report build_as_of(const Settings& settings, const AsOf& moment);
/// The schema that `build_as_of` fills.
TableSet tables_as_of(const ReadModel& model, const AsOf& moment);

/// Brings the tables from before the last switch up to date and puts them back; the present ones become `previous`.
Report roll_back(const Settings& settings);

/// Drops tables that are not live: `read_orders_previous`. Throws Refused.
void drop(const Settings& settings, const std::string& schema);

}  // namespace jangteo::projections::rebuild
