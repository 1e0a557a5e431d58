// What a request's header must be like, beyond what Beast 1.81 refuses by itself (reliability notes §5). Only .cpp files
// of this folder include this: Beast is heavy.
#pragma once

#include "http-edge/server/http.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace jangteo::edge {

/// Why a request is refused. `close`: where the next request would begin is not certain, or the caller is not honest.
struct Refusal {
    std::string_view code;  ///< Of the error catalogue.
    std::string_view why;   ///< For metrics.
    bool close = true;
};

using Header = boost::beast::http::request_header<>;

/// A request line that is in order but for its version, as `GET / HTTP/3.0`. (Beast says so of any broken line's end.)
bool names_other_version(std::string_view bytes);
/// Of the header's bytes as they came: line folding, NUL.
std::optional<Refusal> check_raw_header(std::string_view bytes);

struct Framing {
    std::uint64_t content_length = 0;
    bool expects_continue = false;
};

/// Of the framing: Transfer-Encoding, Content-Length, Host, Expect. Fills `framing`.
std::optional<Refusal> check_framing(const Header& header, std::uint64_t body_limit, Framing& framing);

/// Takes over what handlers look at. Empty when the target is not an origin-form or absolute-form URI.
bool read_target(const Header& header, Request& request);
void read_fields(const Header& header, Request& request);
Method method_of(const Header& header);
/// `application/json`, in UTF-8 if a charset is named.
bool is_json(std::string_view content_type);
/// `application/x-www-form-urlencoded`, whatever charset is named: what we read of forms is ASCII.
bool is_form(std::string_view content_type);

}  // namespace jangteo::edge
