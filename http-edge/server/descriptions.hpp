// What the routes take and answer: the list of routes, and beside it what each room says of its own in `api.json` (JSON
// Schema). Of the two the OpenAPI document is made, and by the same two every request is checked, so that the document
// cannot say anything else than the edge does.
#pragma once

#include "events/schemas.hpp"
#include "http-edge/server/http.hpp"
#include "http-edge/server/route.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jangteo::edge {

struct Description;

struct DescriptionFile {
    std::string_view context;  ///< The room: `orders`.
    std::string_view json;
};
/// `http-edge/<room>/api.json`, as this program was built with.
std::span<const DescriptionFile> description_files();

class Descriptions {
public:
    /// Throws std::runtime_error for a route without a description, a description without a route, and a reference to a
    /// type or a code that is not there. `routes` must outlive this.
    Descriptions(std::span<const Route> routes, std::span<const DescriptionFile> files,
                 std::span<const events::SchemaFile> messages);
    Descriptions(const Descriptions&) = delete;
    Descriptions& operator=(const Descriptions&) = delete;
    ~Descriptions();

    /// Throws std::out_of_range for a route that is not of the list.
    [[nodiscard]] const Description& of(const Route& route) const;
    /// OpenAPI 3.1, as JSON.
    [[nodiscard]] const std::string& document() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Throws Problem COMMON_400 that names every wrong parameter of the query.
void check_query(const Description& description, const Request& request);
/// What an answer has that the document does not say, or lacks; empty when it is as the document says.
std::string difference(const Description& description, const Response& response);

}  // namespace jangteo::edge
