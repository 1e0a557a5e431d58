// Messages as JSON text. Writing appends to a string and builds no tree: it is the hot path of every runner. The
// functions for whole messages are generated from the schemas (events/codegen); here is what they are made of.
#pragma once

#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::events {

/// The text is not the message that it should be: not JSON, of another type, or against the message's schema.
class DecodeError : public std::runtime_error {
public:
    DecodeError(std::string path, std::string problem);

    /// Where, for instance `lines[3].quantity`; empty for the message as a whole.
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    std::string path_;
    std::string problem_;
};

/// A JSON value that nobody here looks into, as text without blanks. Only `parse` makes one from foreign text; the text
/// is written into messages as it stands.
struct Json {
    std::string text = "null";

    /// Empty when `text` is not one JSON value. The order of members is kept.
    static std::optional<Json> parse(std::string_view text);
    friend bool operator==(const Json&, const Json&) = default;
};

void append_json(std::string& to, std::string_view text);  ///< Quoted and escaped; expects UTF-8.
void append_json(std::string& to, std::int64_t number);
void append_json(std::string& to, const Uuid& id);
void append_json(std::string& to, Timestamp time);
void append_json(std::string& to, const Json& json);

/// A template, so that no pointer turns into a bool by itself.
template <std::same_as<bool> Bool>
void append_json(std::string& to, Bool truth)
{
    to += truth ? "true" : "false";
}

template <class Tag>
void append_json(std::string& to, const Id<Tag>& id)
{
    append_json(to, id.value);
}

template <class Unit>
void append_json(std::string& to, const Amount<Unit>& amount)
{
    append_json(to, amount.value);
}

template <class Item>
void append_json(std::string& to, const std::vector<Item>& items)
{
    to += '[';
    for (bool first = true; const Item& item : items) {
        if (!first) to += ',';
        first = false;
        append_json(to, item);
    }
    to += ']';
}

}  // namespace jangteo::events
