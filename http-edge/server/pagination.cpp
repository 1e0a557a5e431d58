#include "http-edge/server/pagination.hpp"

#include "http-edge/server/errors.hpp"

#include <charconv>
#include <optional>
#include <vector>

namespace jangteo::edge {

namespace {

std::optional<std::int64_t> number_in(const std::string& text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

Page page_of(const Request& request)
{
    Page page;
    std::vector<FieldError> errors;
    if (const auto* text = request.parameter("limit")) {
        const auto limit = number_in(*text);
        if (!limit || *limit < 1 || *limit > largest_page_limit) {
            errors.push_back({"limit", {"1에서 100 사이의 정수여야 합니다", "must be an integer from 1 to 100"}});
        } else {
            page.limit = *limit;
        }
    }
    if (const auto* text = request.parameter("page")) {
        const auto number = number_in(*text);
        if (!number || *number < 1 || *number > deepest_row / page.limit) {
            errors.push_back({"page",
                              {"1 이상의 정수여야 하며 너무 깊은 페이지는 볼 수 없습니다",
                               "must be an integer from 1 on, and no deeper than a million rows"}});
        } else {
            page.number = *number;
        }
    }
    if (!errors.empty()) throw Problem(std::move(errors));
    return page;
}

Response page_response(std::string_view items_json, const Page& page, std::int64_t total_items)
{
    const auto pages = (total_items + page.limit - 1) / page.limit;
    Response response;
    auto& body = response.body;
    body.reserve(items_json.size() + 192);
    body += R"({"success":true,"data":)";
    body += items_json;
    body += R"(,"pagination":{"currentPage":)" + std::to_string(page.number);
    body += R"(,"totalPages":)" + std::to_string(pages);
    body += R"(,"totalItems":)" + std::to_string(total_items);
    body += R"(,"itemsPerPage":)" + std::to_string(page.limit);
    body += R"(,"hasNextPage":)";
    body += page.number < pages ? "true" : "false";
    body += R"(,"hasPreviousPage":)";
    body += page.number > 1 && pages > 0 ? "true" : "false";
    body += "}}";
    return response;
}

}  // namespace jangteo::edge
