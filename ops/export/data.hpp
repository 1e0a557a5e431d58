// An event's data, read strictly by its table's columns: a member that no column has, or a value of another kind, is an
// event of another program, and throws NotOfItsSchema. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "ops/export/columns.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

namespace jangteo::ops::exporting {

/// The data of one event after the other. A usual one takes no memory from the heap.
class Data {
public:
    /// Lives until the next call.
    const boost::json::object& parse(std::string_view value);

private:
    unsigned char buffer_[16 << 10];
    /// A new one for each value: it never forgets how much it grew, so one that is used again asks for twice as much each time.
    std::optional<boost::json::monotonic_resource> memory_;
    std::optional<boost::json::value> root_;
};

/// One value for each column, in their order; nullptr for one that is left out. `see` takes (index, value).
template <class See>
void for_each_member(const boost::json::object& object, const std::vector<Column>& columns, See&& see)
{
    std::size_t known = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto* value = object.if_contains(columns[i].name);
        if (value != nullptr) ++known;
        if (value != nullptr && value->is_null() && columns[i].kind != Kind::json) value = nullptr;
        if (value == nullptr && columns[i].required) throw NotOfItsSchema(columns[i].name + " is missing");
        see(i, value);
    }
    if (known == object.size()) return;
    for (const auto& member : object) {
        const std::string_view name = member.key();
        const auto has_name = [name](const Column& column) { return column.name == name; };
        if (std::ranges::none_of(columns, has_name)) {
            throw NotOfItsSchema("nothing is known of its " + std::string(name));
        }
    }
}

std::int64_t integer_in(const boost::json::value& value, const Column& column);
bool truth_in(const boost::json::value& value, const Column& column);
std::string_view text_in(const boost::json::value& value, const Column& column);
events::Uuid id_in(const boost::json::value& value, const Column& column);
events::Timestamp moment_in(const boost::json::value& value, const Column& column);
const boost::json::array& list_in(const boost::json::value& value, const Column& column);
const boost::json::object& group_in(const boost::json::value& value, const Column& column);

}  // namespace jangteo::ops::exporting
