// Values against the JSON Schemas (2020-12) that describe what callers send and are answered. Of the standard's words these
// are known: $ref to a component, type, enum, const, properties, required, items, additionalProperties, the bounds of
// numbers, texts and arrays, the formats uuid, date-time and date, allOf, anyOf, if and then. `pattern` and other formats
// tell readers of the document what a handler checks itself. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "http-edge/server/errors.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::edge {

enum class Reading {
    request,  ///< As BodyReader reads: `null` is missing, and a member that nobody asks for may be there.
    answer,   ///< A member that the schema does not name is wrong.
};

class Schemas {
public:
    /// Components by name. Throws std::runtime_error for a reference to one that is not there.
    explicit Schemas(boost::json::object components);

    [[nodiscard]] const boost::json::object& components() const { return components_; }
    /// Throws std::runtime_error for a reference in `schema` to a component that is not there.
    void check_references(const boost::json::value& schema) const;

    /// What is wrong with a value, by field: `items[3].quantity`, below `path`.
    void check(const boost::json::value& schema, const boost::json::value& value, Reading reading,
               const std::string& path, std::vector<FieldError>& errors) const;

    /// The schema of a member; null for one that is not named.
    [[nodiscard]] const boost::json::value* member(const boost::json::value& schema, std::string_view name) const;
    /// The schema of an array's items; null when nothing is said of them.
    [[nodiscard]] const boost::json::value* items(const boost::json::value& schema) const;
    /// What a reference refers to; anything else as it is.
    [[nodiscard]] const boost::json::value& resolved(const boost::json::value& schema) const;

private:
    boost::json::object components_;
};

}  // namespace jangteo::edge
