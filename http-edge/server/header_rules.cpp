#include "http-edge/server/header_rules.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <cstddef>

namespace jangteo::edge {

namespace http = boost::beast::http;
namespace urls = boost::urls;

namespace {

constexpr std::size_t most_segments = 16;
constexpr std::size_t most_parameters = 32;

std::string_view view(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

bool iequals(std::string_view a, std::string_view b)
{
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::optional<std::uint64_t> length_in(std::string_view text)
{
    // Digits only: no sign, no blank, no list.
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || text.front() == '-' || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return length;
}

/// A host name, an IPv4 address or an IPv6 address in brackets, with or without a port.
bool is_host(std::string_view host)
{
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || c == ':' || c == '[' || c == ']';
    });
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

bool names_other_version(std::string_view bytes)
{
    const auto line = bytes.substr(0, bytes.find("\r\n"));
    constexpr std::size_t size = std::string_view(" HTTP/1.1").size();
    if (line.size() == bytes.size() || line.size() < size || std::ranges::count(line, ' ') != 2) return false;
    const auto version = line.substr(line.size() - size);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.starts_with(" HTTP/") && digit(version[6]) && version[7] == '.' && digit(version[8]);
}

std::optional<Refusal> check_raw_header(std::string_view bytes)
{
    if (bytes.find('\0') != std::string_view::npos) return Refusal{"COMMON_400", "nul"};
    for (auto line = bytes.find("\r\n"); line != std::string_view::npos; line = bytes.find("\r\n", line + 2)) {
        const auto next = line + 2;
        // Beast joins folded lines; RFC 9112 §5.2 has a server refuse them, because proxies differ over them.
        if (next < bytes.size() && (bytes[next] == ' ' || bytes[next] == '\t')) return Refusal{"COMMON_400", "folding"};
    }
    return std::nullopt;
}

std::optional<Refusal> check_framing(const Header& header, std::uint64_t body_limit, Framing& framing)
{
    // Every Transfer-Encoding: Beast 1.81 takes `gzip` with a length by its length, `chunked, gzip` for an empty body
    // whose bytes are the next request, and merges trailers into the header. No app of ours sends any.
    const auto encodings = header.equal_range(http::field::transfer_encoding);
    if (encodings.first != encodings.second) {
        const bool plain_chunked =
            std::next(encodings.first) == encodings.second && iequals(view(encodings.first->value()), "chunked");
        return plain_chunked ? Refusal{"COMMON_411", "transfer_encoding"} : Refusal{"COMMON_501", "transfer_encoding"};
    }
    if (header.count(http::field::host) != 1 || !is_host(view(header[http::field::host]))) {
        return Refusal{"COMMON_400", "host"};
    }
    const auto lengths = header.count(http::field::content_length);
    if (lengths > 1) return Refusal{"COMMON_400", "content_length"};
    if (lengths == 1) {
        const auto length = length_in(view(header[http::field::content_length]));
        if (!length) return Refusal{"COMMON_400", "content_length"};
        framing.content_length = *length;
    }
    const auto method = method_of(header);
    const bool has_body = method == Method::post || method == Method::put || method == Method::patch;
    if (has_body && lengths == 0) return Refusal{"COMMON_411", "content_length"};
    if (!has_body && framing.content_length > 0) return Refusal{"COMMON_400", "body_not_expected"};
    if (framing.content_length > body_limit) return Refusal{"COMMON_413", "body_too_large"};
    const auto expectations = header.count(http::field::expect);
    if (expectations > 0) {
        if (expectations > 1 || !iequals(view(header[http::field::expect]), "100-continue")) {
            return Refusal{"COMMON_417", "expect"};
        }
        framing.expects_continue = true;
    }
    return std::nullopt;
}

Method method_of(const Header& header)
{
    switch (header.method()) {
        case http::verb::get:
        case http::verb::head: return Method::get;
        case http::verb::post: return Method::post;
        case http::verb::put: return Method::put;
        case http::verb::patch: return Method::patch;
        case http::verb::delete_: return Method::erase;
        default: return Method::other;
    }
}

bool read_target(const Header& header, Request& request)
{
    auto target = view(header.target());
    // A proxy may ask for the whole address (RFC 9112 §3.2.2); what stands before the path is the proxy's business.
    if (target.starts_with("http://") || target.starts_with("https://")) {
        const auto path = target.find('/', target.find("//") + 2);
        if (path == std::string_view::npos) return false;
        target.remove_prefix(path);
    }
    const auto parsed = urls::parse_origin_form({target.data(), target.size()});
    if (!parsed) return false;
    const urls::url_view& url = *parsed;
    request.path = target.substr(0, target.find('?'));
    if (url.segments().size() > most_segments || url.params().size() > most_parameters) return false;
    for (auto segment : url.segments()) {
        // `%2F` and `%00` would mean something else further in.
        if (segment.find_first_of(std::string_view("/\0", 2)) != std::string::npos) return false;
        request.segments.push_back(std::move(segment));
    }
    for (auto parameter : url.params()) {
        if (parameter.value.find('\0') != std::string::npos) return false;
        request.query.emplace_back(std::move(parameter.key), std::move(parameter.value));
    }
    return true;
}

void read_fields(const Header& header, Request& request)
{
    request.method = method_of(header);
    request.head = header.method() == http::verb::head;
    for (const auto& field : header) {
        const auto value = view(field.value());
        switch (field.name()) {
            // Two of them would leave open who it is.
            case http::field::authorization:
                request.authorization = request.authorization.empty() ? value : std::string_view("several");
                break;
            case http::field::host: request.host = value; break;
            case http::field::origin: request.origin = value; break;
            case http::field::cookie:
                request.cookie = request.cookie.empty() ? value : std::string_view("several");
                break;
            case http::field::access_control_request_method:
                request.preflight = header.method() == http::verb::options;
                break;
            case http::field::user_agent: request.user_agent = value; break;
            case http::field::accept: request.accept = value; break;
            case http::field::accept_language: request.accept_language = value; break;
            case http::field::content_type: request.content_type = value; break;
            case http::field::prefer: request.prefer = value; break;
            case http::field::unknown: {
                const auto name = view(field.name_string());
                if (iequals(name, "Idempotency-Key")) {
                    request.idempotency_key = value;
                    ++request.idempotency_keys;
                } else if (iequals(name, "X-Forwarded-For")) {
                    request.forwarded_for = value;
                } else if (iequals(name, "X-Position")) {
                    request.position = value;
                } else if (iequals(name, "Last-Event-ID")) {
                    request.last_event_id = value;
                } else if (iequals(name, "X-Correlation-Id")) {
                    request.correlation_id = value;
                } else if (iequals(name, "traceparent")) {
                    request.traceparent = value;
                }
                break;
            }
            default: break;
        }
    }
}

bool is_json(std::string_view content_type)
{
    const auto semicolon = content_type.find(';');
    if (!iequals(trimmed(content_type.substr(0, semicolon)), "application/json")) return false;
    if (semicolon == std::string_view::npos) return true;
    const auto parameter = trimmed(content_type.substr(semicolon + 1));
    return iequals(parameter, "charset=utf-8") || iequals(parameter, "charset=\"utf-8\"");
}

bool is_form(std::string_view content_type)
{
    return iequals(trimmed(content_type.substr(0, content_type.find(';'))), "application/x-www-form-urlencoded");
}

}  // namespace jangteo::edge
