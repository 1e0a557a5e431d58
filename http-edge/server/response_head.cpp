#include "http-edge/server/response_head.hpp"

#include "http-edge/server/browsers.hpp"

#include <boost/beast/http/status.hpp>
#include <chrono>

namespace jangteo::edge {

namespace http = boost::beast::http;

namespace {

std::string_view reason_of(int status)
{
    const auto reason = http::obsolete_reason(static_cast<http::status>(status));
    return {reason.data(), reason.size()};
}

void append_header(std::string& to, std::string_view name, std::string_view value)
{
    to += name;
    to += ": ";
    to += value;
    to += "\r\n";
}

}  // namespace

std::string_view ResponseHead::date()
{
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    if (now != second_) {
        second_ = now;
        std::tm parts{};
        gmtime_r(&now, &parts);
        size_ = std::strftime(text_, sizeof text_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return {text_, size_};
}

void ResponseHead::append(std::string& to, const Response& response, Ending ending)
{
    to.reserve(response.body.size() + 512);
    to += "HTTP/1.1 ";
    to += std::to_string(response.status);
    to += ' ';
    to += reason_of(response.status);
    to += "\r\n";
    append_header(to, "Date", date());
    append_header(to, "Content-Type", response.content_type);
    if (!response.stream) {
        append_header(to, "Content-Length", std::to_string(response.body.size()));
    } else if (!ending.http_1_0) {
        append_header(to, "Transfer-Encoding", "chunked");
    }
    append_header(to, "Cache-Control", "no-store");
    to += security_headers;
    for (const auto& [name, value] : response.headers) append_header(to, name, value);
    if (ending.close) {
        append_header(to, "Connection", "close");
    } else if (ending.http_1_0) {
        append_header(to, "Connection", "keep-alive");
    }
    to += "\r\n";
}

}  // namespace jangteo::edge
