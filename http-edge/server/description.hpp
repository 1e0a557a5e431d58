// What one route takes and answers, as its room's `api.json` says. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "http-edge/server/http.hpp"
#include "http-edge/server/route.hpp"
#include "http-edge/server/schema.hpp"

#include <boost/json/object.hpp>
#include <set>
#include <string>
#include <string_view>

namespace jangteo::edge {

struct Description {
    const Route* route = nullptr;
    const Schemas* schemas = nullptr;
    std::string context;       ///< The room.
    boost::json::object says;  ///< As it stands in the file, with the parameters of pages and what any command answers.
    std::set<std::string> codes{};  ///< Of every error that it may answer with.

    /// The schema of the body; null for a route that takes none.
    [[nodiscard]] const boost::json::value* body() const { return says.if_contains("body"); }
    [[nodiscard]] bool body_may_be_missing() const { return says.contains("bodyOptional"); }
    /// The schema of a parameter of the query; null for one that the route does not know.
    [[nodiscard]] const boost::json::value* query(std::string_view name) const
    {
        const auto* parameters = says.if_contains("query");
        return parameters == nullptr ? nullptr : parameters->as_object().if_contains(name);
    }
    /// The caller has to send an Idempotency-Key (SH-API-09).
    [[nodiscard]] bool key_demanded() const { return says.contains("keyDemanded"); }
    [[nodiscard]] bool paged() const { return says.contains("paged"); }
    /// What success is answered with beside, or instead of, the house's envelope; empty: nothing.
    /// `bare` is JSON without the envelope; anything else is a type that nobody looks into.
    [[nodiscard]] std::string_view other_type(const std::string& status) const
    {
        const auto* types = says.if_contains("otherTypes");
        const auto* type = types == nullptr ? nullptr : types->as_object().if_contains(status);
        return type == nullptr ? std::string_view{} : std::string_view(type->as_string());
    }
};

/// The schema of what success with this status is answered with, in its envelope; null for text.
boost::json::value success_schema(const Description& description, const std::string& status);

}  // namespace jangteo::edge
