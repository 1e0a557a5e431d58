// Types of the messages' schemas as components of another document: what describes the log (AsyncAPI) and what describes
// the HTTP edge (OpenAPI) both say the same of them. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "events/schemas.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string_view>

namespace jangteo::events {

/// The same schema with references into a document that has the types under `#/components/schemas/<context>.<Type>`. What
/// stands beside a reference also holds, which is said with `allOf`: readers of older drafts would not look at it.
boost::json::value within_components(const boost::json::value& schema, std::string_view context);

/// The types of every context (`types.json`): `orders.ShippingAddress`, `shared.Won`.
boost::json::object type_components(std::span<const SchemaFile> files);

}  // namespace jangteo::events
