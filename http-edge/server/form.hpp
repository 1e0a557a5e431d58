// What a browser sends when it leaves another site's page: `application/x-www-form-urlencoded`. Only payment gateways make
// them do so; our own apps send JSON.
#pragma once

#include "http-edge/server/errors.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::edge {

class FormReader {
public:
    /// Of several values of one name the first counts. Throws Problem COMMON_400 for a body that is no form, or has more
    /// than 100 fields.
    explicit FormReader(std::string_view body);
    /// The same for the body of a request: no field can be asked for of which its route says nothing (std::logic_error).
    explicit FormReader(const Request& request);

    /// Empty when it is not there.
    [[nodiscard]] std::string_view find(std::string_view name) const;
    /// Printable ASCII, as everything that gateways have us hand back to them. What is not is noted, and comes back empty.
    std::string_view text(std::string_view name, std::size_t least, std::size_t most);
    template <class Id>
    Id id(std::string_view name)
    {
        const auto id = Id::parse(find(name));
        if (!id) wrong(name, {"UUID여야 합니다", "must be a UUID"});
        return id.value_or(Id{});
    }
    void wrong(std::string_view name, Text reason);
    /// Throws a Problem that names every wrong field, if there is one.
    void check() const;

private:
    std::map<std::string, std::string, std::less<>> fields_;
    const Description* described_ = nullptr;
    std::vector<FieldError> errors_;
};

}  // namespace jangteo::edge
