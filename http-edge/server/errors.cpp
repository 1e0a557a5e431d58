#include "http-edge/server/errors.hpp"

#include "events/codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::array catalogue{
    ErrorKind{"AUTH_001", "INVALID_CREDENTIALS", 401, "이메일 또는 비밀번호가 올바르지 않습니다",
              "Invalid credentials"},
    ErrorKind{"AUTH_002", "TOKEN_EXPIRED", 401, "인증 토큰이 만료되었습니다", "Token expired"},
    ErrorKind{"AUTH_003", "INVALID_TOKEN", 401, "인증 토큰이 올바르지 않습니다", "Invalid token"},
    ErrorKind{"AUTH_004", "INSUFFICIENT_PERMISSIONS", 403, "권한이 부족합니다", "Insufficient permissions"},
    ErrorKind{"AUTH_005", "LOGIN_BLOCKED", 429, "로그인 시도가 너무 많아 잠시 차단되었습니다",
              "Too many failed logins: blocked for a while"},
    ErrorKind{"AUTH_006", "CODE_NOT_VALID", 400, "인증 코드가 올바르지 않거나 만료되었습니다",
              "The code is wrong or has expired"},
    ErrorKind{"AUTH_007", "ORIGIN_NOT_ALLOWED", 403, "허용되지 않은 출처의 요청입니다",
              "Requests from this origin are not allowed"},
    ErrorKind{"CHECKIN_001", "ALREADY_CHECKED_IN", 409, "오늘은 이미 출석했습니다", "Already checked in today"},
    ErrorKind{"COMMON_400", "INVALID_REQUEST", 400, "요청 내용이 올바르지 않습니다", "The request is not valid"},
    ErrorKind{"COMMON_403", "FORBIDDEN", 403, "다른 사용자의 정보에는 접근할 수 없습니다",
              "This belongs to somebody else"},
    ErrorKind{"COMMON_404", "NOT_FOUND", 404, "요청한 대상을 찾을 수 없습니다", "Not found"},
    ErrorKind{"COMMON_405", "METHOD_NOT_ALLOWED", 405, "허용되지 않은 메서드입니다", "Method not allowed"},
    ErrorKind{"COMMON_406", "NOT_ACCEPTABLE", 406, "요청한 형식(Accept)으로는 응답할 수 없습니다",
              "There is no answer in a form that is accepted"},
    ErrorKind{"COMMON_408", "REQUEST_TIMEOUT", 408, "요청 시간이 초과되었습니다",
              "The request took too long to arrive"},
    ErrorKind{"COMMON_409", "CONFLICT", 409, "현재 상태에서는 처리할 수 없는 요청입니다",
              "The request does not fit the present state"},
    ErrorKind{"COMMON_411", "LENGTH_REQUIRED", 411, "Content-Length 헤더가 필요합니다", "Content-Length is required"},
    ErrorKind{"COMMON_412", "PRECONDITION_FAILED", 412, "사전 조건이 맞지 않습니다", "Precondition failed"},
    ErrorKind{"COMMON_413", "BODY_TOO_LARGE", 413, "요청 본문이 너무 큽니다", "The body is too large"},
    ErrorKind{"COMMON_414", "TARGET_TOO_LONG", 414, "요청 주소가 너무 깁니다", "The target is too long"},
    ErrorKind{"COMMON_415", "UNSUPPORTED_MEDIA_TYPE", 415, "Content-Type은 application/json이어야 합니다",
              "Content-Type must be application/json"},
    ErrorKind{"COMMON_417", "EXPECTATION_FAILED", 417, "지원하지 않는 Expect 헤더입니다", "Expectation failed"},
    ErrorKind{"COMMON_422", "IDEMPOTENCY_KEY_REUSED", 422, "같은 Idempotency-Key로 다른 요청을 보낼 수 없습니다",
              "The Idempotency-Key was used for another request"},
    ErrorKind{"COMMON_429", "TOO_MANY_REQUESTS", 429, "요청이 너무 많습니다", "Too many requests"},
    ErrorKind{"COMMON_431", "HEADERS_TOO_LARGE", 431, "요청 헤더가 너무 큽니다", "The header is too large"},
    ErrorKind{"COMMON_500", "INTERNAL_ERROR", 500, "서버 내부 오류가 발생했습니다", "Internal error"},
    ErrorKind{"COMMON_501", "NOT_IMPLEMENTED", 501, "지원하지 않는 요청 방식입니다", "Not supported"},
    ErrorKind{"COMMON_503", "TEMPORARILY_UNAVAILABLE", 503, "일시적으로 처리할 수 없습니다. 잠시 후 다시 시도해 주세요",
              "Temporarily unavailable, please try again"},
    ErrorKind{"COMMON_505", "HTTP_VERSION_NOT_SUPPORTED", 505, "지원하지 않는 HTTP 버전입니다",
              "HTTP version not supported"},
    ErrorKind{"INQ_001", "ILLEGAL_INQUIRY_STATUS", 409, "현재 문의 상태에서는 처리할 수 없습니다",
              "Illegal transition of the inquiry"},
    ErrorKind{"ORD_001", "ORDER_NOT_FOUND", 404, "주문을 찾을 수 없습니다", "Order not found"},
    ErrorKind{"ORD_002", "CANNOT_CANCEL_ORDER", 409, "이미 배송이 시작되어 주문을 취소할 수 없습니다",
              "Cannot cancel order"},
    ErrorKind{"ORD_003", "ILLEGAL_ORDER_STATUS", 409, "현재 주문 상태에서는 처리할 수 없습니다",
              "Illegal transition of the order"},
    ErrorKind{"ORD_004", "RETURN_WINDOW_OVER", 409, "반품·교환을 신청할 수 있는 기간이 지났습니다",
              "The time for returns is over"},
    ErrorKind{"PAY_001", "PAYMENT_FAILED", 402, "결제에 실패했습니다", "Payment failed"},
    ErrorKind{"PAY_002", "PAYMENT_ALREADY_PROCESSED", 409, "이미 처리된 결제입니다", "Payment already processed"},
    ErrorKind{"POINT_001", "INSUFFICIENT_POINTS", 409, "포인트가 부족합니다", "Insufficient points"},
    ErrorKind{"POINT_002", "INVALID_POINT_AMOUNT", 400, "포인트 금액이 올바르지 않습니다", "Invalid point amount"},
    ErrorKind{"PROD_001", "PRODUCT_NOT_FOUND", 404, "상품을 찾을 수 없습니다", "Product not found"},
    ErrorKind{"PROD_002", "INSUFFICIENT_STOCK", 409, "재고가 부족합니다", "Insufficient stock"},
    ErrorKind{"SET_001", "NOTHING_TO_SETTLE", 409, "정산할 금액이 없습니다", "There is nothing to settle"},
    ErrorKind{"SET_002", "PERIOD_ALREADY_SETTLED", 409, "이미 정산을 실행한 기간입니다",
              "The period was settled already"},
    ErrorKind{"SET_003", "PERIOD_NOT_OVER", 409, "아직 끝나지 않은 정산 기간입니다", "The period is not over yet"},
    ErrorKind{"SET_004", "ILLEGAL_SETTLEMENT_STATUS", 409, "현재 정산 상태에서는 처리할 수 없습니다",
              "Illegal transition of the settlement"},
    ErrorKind{"USER_001", "USER_NOT_FOUND", 404, "사용자를 찾을 수 없습니다", "User not found"},
    ErrorKind{"USER_002", "EMAIL_ALREADY_EXISTS", 409, "이미 사용 중인 이메일입니다", "Email already exists"},
    ErrorKind{"USER_003", "ACCOUNT_SUSPENDED", 403, "정지된 계정입니다", "Account suspended"},
};
static_assert(std::ranges::is_sorted(catalogue, {}, &ErrorKind::code), "found by binary search");

constexpr ErrorKind refused_without_words{"", "REFUSED", 409, "요청이 거절되었습니다", "The request was refused"};

bool iequals(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        return lower(x) == lower(y);
    });
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Calls `see(item without parameters, parameters)` for each item of a comma-separated header.
template <class See>
void each_item(std::string_view header, See see)
{
    while (!header.empty()) {
        const auto comma = header.find(',');
        const auto item = trimmed(header.substr(0, comma));
        header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
        const auto semicolon = item.find(';');
        see(trimmed(item.substr(0, semicolon)),
            semicolon == std::string_view::npos ? std::string_view{} : trimmed(item.substr(semicolon + 1)));
    }
}

double quality_of(std::string_view parameters)
{
    if (!parameters.starts_with("q=")) return 1.0;
    double quality = 0.0;
    const auto text = parameters.substr(2);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
    return error == std::errc{} ? quality : 0.0;
}

void append_errors(std::string& to, const std::vector<FieldError>& errors, Language language, bool pointers)
{
    to += '[';
    for (bool first = true; const auto& error : errors) {
        if (!first) to += ',';
        first = false;
        to += R"({"field":)";
        events::append_json(to, error.field);
        if (pointers) {
            // RFC 6901: `items[3].quantity` is `/items/3/quantity`.
            std::string pointer = error.field.empty() ? "" : "/";
            for (const char c : error.field) {
                if (c == '[' || c == '.') {
                    pointer += '/';
                } else if (c != ']') {
                    pointer += c;
                }
            }
            to += R"(,"pointer":)";
            events::append_json(to, pointer);
            to += R"(,"detail":)";
        } else {
            to += R"(,"reason":)";
        }
        events::append_json(to, error.reason.in(language));
        to += '}';
    }
    to += ']';
}

bool retryable(int status)
{
    return status == 408 || status == 429 || status == 503;
}

std::string_view described_in(std::string_view catalogue_text, const std::string& own)
{
    return own.empty() ? catalogue_text : std::string_view(own);
}

struct Told {
    std::string_view code;
    std::string_view details;  ///< A JSON object.
    const Text* message = nullptr;
    const std::vector<FieldError>* errors = nullptr;
    int retry_after = 0;
};

Response told(const Told& error, const ErrorStyle& style)
{
    const auto& kind = error_kind(error.code);
    const auto own = error.message != nullptr ? error.message->in(style.language) : std::string();
    const auto message = described_in(kind.message(style.language), own);
    Response response;
    response.status = kind.status;
    response.error_code = error.code;
    auto& body = response.body;
    if (style.problem_json) {
        response.content_type = "application/problem+json; charset=utf-8";
        body += R"({"type":"urn:jangteo:error:)";
        body += error.code;
        body += R"(","title":)";
        events::append_json(body, kind.english);
        body += R"(,"status":)";
        body += std::to_string(kind.status);
        body += R"(,"detail":)";
        events::append_json(body, message);
        body += R"(,"instance":)";
        events::append_json(body, style.path);
    } else {
        body += R"({"success":false,"message":)";
        events::append_json(body, message);
        body += R"(,"error":{)";
    }
    if (style.problem_json) body += ',';
    body += R"("code":)";
    events::append_json(body, error.code);
    body += R"(,"name":)";
    events::append_json(body, kind.name);
    const bool has_errors = error.errors != nullptr && !error.errors->empty();
    if (style.problem_json) {
        if (has_errors) {
            body += R"(,"errors":)";
            append_errors(body, *error.errors, style.language, true);
        }
        body += R"(,"details":)";
        body += error.details;
        body += R"(,"correlationId":)";
        events::append_json(body, style.correlation_id);
        body += R"(,"retryable":)";
        body += retryable(kind.status) ? "true" : "false";
        body += '}';
    } else {
        body += R"(,"details":)";
        if (has_errors) {
            body += R"({"errors":)";
            append_errors(body, *error.errors, style.language, false);
            body += '}';
        } else if (error.retry_after > 0 && error.details == "{}") {
            body += R"({"retryAfter":)" + std::to_string(error.retry_after) + '}';
        } else {
            body += error.details;
        }
        body += "}}";
    }
    if (error.retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(error.retry_after));
    if (kind.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

}  // namespace

Language language_of(std::string_view accept_language)
{
    double korean = 0.0;
    double english = 0.0;
    each_item(accept_language, [&](std::string_view tag, std::string_view parameters) {
        const auto primary = tag.substr(0, tag.find('-'));
        if (iequals(primary, "ko")) korean = std::max(korean, quality_of(parameters));
        if (iequals(primary, "en")) english = std::max(english, quality_of(parameters));
    });
    return english > korean ? Language::english : Language::korean;
}

bool accepts(std::string_view accept, std::string_view wanted)
{
    bool accepted = false;
    each_item(accept, [&](std::string_view type, std::string_view parameters) {
        accepted |= iequals(type, wanted) && quality_of(parameters) > 0.0;
    });
    return accepted;
}

bool accepts_problem_json(std::string_view accept)
{
    return accepts(accept, "application/problem+json");
}

std::span<const ErrorKind> error_catalogue()
{
    return catalogue;
}

const ErrorKind& error_kind(std::string_view code)
{
    const auto found = std::ranges::lower_bound(catalogue, code, {}, &ErrorKind::code);
    return found != catalogue.end() && found->code == code ? *found : refused_without_words;
}

Problem::Problem(std::string_view code, std::string details, Text message)
    : std::runtime_error(std::string(code)), code_(code), details_(std::move(details)), message_(std::move(message))
{}

Problem::Problem(std::vector<FieldError> errors, std::string_view code)
    : std::runtime_error(std::string(code)), code_(code), details_("{}"), errors_(std::move(errors))
{}

Response error_response(const Problem& problem, const ErrorStyle& style)
{
    const bool has_message = !problem.message().korean.empty();
    return told({.code = problem.code(),
                 .details = problem.details(),
                 .message = has_message ? &problem.message() : nullptr,
                 .errors = &problem.errors(),
                 .retry_after = problem.retry_after()},
                style);
}

Response refusal_response(std::string_view code, std::string_view details, const ErrorStyle& style)
{
    return told({.code = code, .details = details.empty() ? "{}" : details}, style);
}

int jittered_retry_seconds()
{
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_int_distribution<int>(1, 3)(random);
}

Response success_response(int status, std::string_view data, std::string_view message)
{
    Response response;
    response.status = status;
    auto& body = response.body;
    body.reserve(data.size() + message.size() + 64);
    body += R"({"success":true)";
    if (!message.empty()) {
        body += R"(,"message":)";
        events::append_json(body, message);
    }
    body += R"(,"data":)";
    body += data;
    body += '}';
    return response;
}

}  // namespace jangteo::edge
