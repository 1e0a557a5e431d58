// The folder of an export: what is in it, how far it has come, and steps that are taken whole or not at all.
//
// A step's files are written aside, in `.writing`. Then the manifest says at once how far the partition has come and which
// files belong to that; from there on the step is taken. Last, the files get their names. Whatever stops the program or
// the machine in between: who opens the folder next gives them the names that the manifest has promised, and throws away
// what no manifest speaks of. So a file that can be seen is whole, belongs to the export, and never changes.
#pragma once

#include "events/readers_rule.hpp"
#include "events/time.hpp"
#include "infra/kafka/settings.hpp"
#include "ops/export/table_file.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace jangteo::ops::exporting {

/// What the operator wants cannot be done as it is; the text says why, in a sentence.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a folder is an export of. It stays the same for its life.
struct Selection {
    Format format = Format::parquet;
    std::set<std::string> contexts{};  ///< Empty: all.
    std::set<std::string> types{};     ///< `OrderPlaced` or `jangteo.orders.OrderPlaced`; empty: all.
    std::string from{};                ///< As it was written; empty: the first event.
    friend bool operator==(const Selection&, const Selection&) = default;
};

/// Of one partition.
struct Reached {
    std::int64_t next = 0;  ///< The first offset that is not in the export.
    events::ReadersRule rule{};
};

struct Promised {
    std::string aside;  ///< Its name in `.writing`.
    std::string name;   ///< Its path in the folder.
};

struct Manifest {
    Selection selection{};
    /// What `from` was when the export began: `2d` is another moment tomorrow.
    std::optional<events::Timestamp> begins{};
    std::map<kafka::TopicPartition, Reached> reached{};
    std::vector<Promised> promised{};  ///< The files of the last step.
    std::int64_t events = 0;
    std::int64_t files = 0;
};

std::string json_of(const Manifest& manifest);
/// Throws Refused for a text that is none.
Manifest manifest_of(std::string_view json);

/// `orders/OrderPlaced/3-000000000120-000000004711.parquet`: partition, and the first and last offset that it speaks for
/// (other types, refused commands and dead records have their offsets among them).
std::string file_name(const Table& table, std::int32_t partition, std::int64_t first, std::int64_t last, Format format);

class Folder {
public:
    /// How it stands, without touching it; empty where there is no export. Throws Refused.
    static std::optional<Manifest> look(const std::filesystem::path& path);

    /// Makes it, or goes on with it. Throws Refused when another export is at work in it, when it is one of something
    /// else, or when other things are in it.
    Folder(std::filesystem::path path, const Selection& selection, std::optional<events::Timestamp> begins);
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();

    [[nodiscard]] const Manifest& manifest() const { return manifest_; }
    /// Where a file is written before its step is taken. `name` must not be that of a former step.
    [[nodiscard]] std::filesystem::path aside(const std::string& name) const { return writing_ / name; }
    /// Takes a step. All its files are finished. Thread-safe.
    void take(const kafka::TopicPartition& partition, const Reached& reached, std::vector<Promised> files,
              std::int64_t events);

private:
    void lock();
    void keep_promises();

    std::filesystem::path path_;
    std::filesystem::path writing_;
    int lock_ = -1;
    std::mutex mutex_;
    Manifest manifest_;
};

/// Throws Refused when `manifest` is of something else.
void check_same(const Manifest& manifest, const Selection& selection);

}  // namespace jangteo::ops::exporting
