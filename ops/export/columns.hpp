// What the tables of an export look like: one for each type of event, its columns generated from the type's schema, so
// that they cannot say anything else than what the program writes into the log. Pure.
#pragma once

#include "events/record.hpp"
#include "events/schemas.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jangteo::ops::exporting {

enum class Kind { text, integer, truth, moment, id, json, list, group };

struct Column {
    std::string name;
    Kind kind = Kind::text;
    bool required = true;
    std::vector<Column> parts{};  ///< Of a group its members; of a list one: its items.
};

/// One type of event in one context. Refusals have a table in each context.
struct Table {
    std::string context;
    std::string type;    ///< `jangteo.orders.OrderPlaced`
    std::string folder;  ///< `orders/OrderPlaced`
    std::string schema;  ///< `/schemas/orders/OrderPlaced.event.v1.json`
    std::vector<Column> columns;
};

/// Sorted by folder. Throws std::runtime_error for a schema that says what no column can be.
std::vector<Table> tables_of(std::span<const events::SchemaFile> files, std::span<const std::string> contexts);

/// A value of the envelope; monostate is null.
using Cell = std::variant<std::monostate, std::int64_t, std::string_view, events::Uuid, events::Timestamp>;

struct EnvelopeColumn {
    Column column;
    Cell (*of)(const events::Record&);
};

/// Stand before a table's own columns. Each name has an underscore, which no property of a schema has, so none is taken.
std::span<const EnvelopeColumn> envelope_columns();

/// An event that is not what the schemas of this program say: written by a newer one. It must not be left out, and not
/// be cut to what is known here.
class NotOfItsSchema : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace jangteo::ops::exporting
