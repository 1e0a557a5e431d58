#include "http-edge/server/form.hpp"

#include "http-edge/server/description.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::size_t most_fields = 100;

[[noreturn]] void refuse_form()
{
    throw Problem(std::vector<FieldError>{{"", {"읽을 수 없는 양식입니다", "is not a form that can be read"}}});
}

int hex_value(char c)
{
    if ('0' <= c && c <= '9') return c - '0';
    if ('A' <= c && c <= 'F') return c - 'A' + 10;
    if ('a' <= c && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string decoded(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            plain += ' ';
        } else if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = high < 0 ? -1 : hex_value(text[i + 2]);
            if (low < 0) refuse_form();
            plain += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

}  // namespace

FormReader::FormReader(std::string_view body)
{
    for (std::size_t count = 0; !body.empty(); ++count) {
        if (count == most_fields) refuse_form();
        const auto end = std::min(body.find('&'), body.size());
        const auto pair = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        fields_.emplace(decoded(pair.substr(0, equals)),
                        equals == pair.size() ? std::string() : decoded(pair.substr(equals + 1)));
    }
}

FormReader::FormReader(const Request& request) : FormReader(request.body)
{
    described_ = request.described;
}

std::string_view FormReader::find(std::string_view name) const
{
    if (described_ != nullptr && described_->schemas->member(*described_->body(), name) == nullptr) {
        throw std::logic_error("the route says nothing of a field " + std::string(name));
    }
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view FormReader::text(std::string_view name, std::size_t least, std::size_t most)
{
    const auto value = find(name);
    const bool printable = std::ranges::all_of(value, [](char c) { return ' ' <= c && c <= '~'; });
    if (printable && least <= value.size() && value.size() <= most) return value;
    const auto range = std::to_string(least) + "~" + std::to_string(most);
    wrong(name, {range + "자의 영문, 숫자, 기호여야 합니다", "must be " + range + " printable characters"});
    return {};
}

void FormReader::wrong(std::string_view name, Text reason)
{
    errors_.push_back({std::string(name), std::move(reason)});
}

void FormReader::check() const
{
    if (!errors_.empty()) throw Problem(errors_);
}

}  // namespace jangteo::edge
