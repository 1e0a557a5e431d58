#include "ops/quarantine/failures.hpp"

#include "events/ids.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace jangteo::ops::quarantine {

namespace {

constexpr std::size_t uuid_length = 36;
constexpr std::string_view left_out = "…";

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string id_of(const Failed& failed, const std::string& reason)
{
    constexpr std::size_t length = 8;
    const auto name = std::string(to_text(failed.kind)) + '/' + failed.where + '/' + reason;
    return events::to_string(events::uuid_v5(events::url_namespace, name)).substr(0, length);
}

}  // namespace

std::string_view to_text(Kind kind)
{
    switch (kind) {
        case Kind::read_model: return "read model";
        case Kind::saga: return "process";
        case Kind::task: return "target";
    }
    return "";
}

std::string alike(std::string_view reason)
{
    reason = reason.substr(0, reason.find('\n'));
    std::string text;
    for (std::size_t i = 0; i < reason.size();) {
        if (events::parse_uuid(reason.substr(i, uuid_length))) {
            text += left_out;
            i += uuid_length;
        } else if (is_digit(reason[i]) && (i == 0 || !is_letter(reason[i - 1]))) {
            text += left_out;
            while (i < reason.size() && is_digit(reason[i])) ++i;
        } else {
            text += reason[i++];
        }
    }
    return text;
}

std::vector<Group> grouped(std::span<const Failed> failed)
{
    std::map<std::tuple<Kind, std::string, std::string>, Group> groups;
    for (std::size_t i = 0; i < failed.size(); ++i) {
        const auto& one = failed[i];
        const auto reason = alike(one.reason);
        auto& group = groups[{one.kind, one.where, reason}];
        if (group.members.empty()) {
            group.id = id_of(one, reason);
            group.kind = one.kind;
            group.where = one.where;
            group.reason = reason;
        }
        group.members.push_back(i);
        group.waiting += one.waiting;
        if (one.since && (!group.since || *one.since < *group.since)) group.since = one.since;
    }
    std::vector<Group> found;
    for (auto& [key, group] : groups) {
        std::ranges::stable_sort(group.members, {},
                                 [&](std::size_t i) { return failed[i].since.value_or(events::Timestamp::min()); });
        found.push_back(std::move(group));
    }
    std::ranges::stable_sort(found, std::greater<>(), [](const Group& group) { return group.members.size(); });
    return found;
}

}  // namespace jangteo::ops::quarantine
