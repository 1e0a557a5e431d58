// What has failed and waits for an operator, and which of it has failed alike.
#pragma once

#include "events/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::quarantine {

enum class Kind { read_model, saga, task };
std::string_view to_text(Kind kind);

/// One aggregate that a read model has parked, one instance of a process, or one task.
struct Failed {
    Kind kind{};
    std::string where;  ///< The read model, the process or the target.
    std::string key;    ///< The aggregate, the instance or the task.
    std::string reason;
    std::int64_t waiting = 1;                ///< Events or inputs: the one that failed, and those behind it.
    std::optional<events::Timestamp> since;  ///< Of the first.
    std::string context;                     ///< Of an aggregate.
    std::int32_t partition = 0;              ///< The same.

    /// By which an operator names it: `orders/3f0c…`
    [[nodiscard]] std::string name() const { return where + '/' + key; }
};

/// The reason without what is different each time: its first line, in which ids and numbers become `…`.
std::string alike(std::string_view reason);

struct Group {
    std::string id;  ///< Eight characters: the same for the same failures.
    Kind kind{};
    std::string where;
    std::string reason;                ///< As `alike` has it.
    std::vector<std::size_t> members;  ///< In the order in which they have failed.
    std::int64_t waiting = 0;
    std::optional<events::Timestamp> since;
};
/// The largest first.
std::vector<Group> grouped(std::span<const Failed> failed);

}  // namespace jangteo::ops::quarantine
