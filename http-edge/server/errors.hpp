// Every error that a caller may see, as one list (requirements §1.3), and how it is written: the house's envelope
// (SH-API-01, X-03, X-04), or RFC 9457 for those who accept `application/problem+json`.
#pragma once

#include "http-edge/server/http.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::edge {

enum class Language { korean, english };
/// Korean unless the header prefers English (SH-API-10).
Language language_of(std::string_view accept_language);

/// One text in the languages that callers read.
struct Text {
    std::string korean;
    std::string english;
    [[nodiscard]] const std::string& in(Language language) const
    {
        return language == Language::korean ? korean : english;
    }
};

struct ErrorKind {
    std::string_view code;
    std::string_view name;  ///< Symbolic, for people who read code (X-04).
    int status;
    std::string_view korean;
    std::string_view english;
    [[nodiscard]] std::string_view message(Language language) const
    {
        return language == Language::korean ? korean : english;
    }
};

/// The list, by code.
std::span<const ErrorKind> error_catalogue();
/// A code that is not in the list is a conflict that this version has no words for.
const ErrorKind& error_kind(std::string_view code);

struct FieldError {
    std::string field;  ///< `items[3].quantity`; empty for the body as a whole.
    Text reason;
};

/// Ends a request with an error. Thrown by the edge's own checks; a refusal that comes back from the log is a value.
class Problem : public std::runtime_error {
public:
    /// `details` is a JSON object. `message` replaces the catalogue's when the rule names another one (SH-AUTH-08).
    explicit Problem(std::string_view code, std::string details = "{}", Text message = {});
    explicit Problem(std::vector<FieldError> errors, std::string_view code = "COMMON_400");

    [[nodiscard]] const std::string& code() const { return code_; }
    [[nodiscard]] const std::string& details() const { return details_; }
    [[nodiscard]] const Text& message() const { return message_; }
    [[nodiscard]] const std::vector<FieldError>& errors() const { return errors_; }
    [[nodiscard]] int retry_after() const { return retry_after_; }

    Problem& retry_after(int seconds)
    {
        retry_after_ = seconds;
        return *this;
    }

private:
    std::string code_;
    std::string details_;
    Text message_;
    std::vector<FieldError> errors_;
    int retry_after_ = 0;
};

/// What an error's body depends on besides the error.
struct ErrorStyle {
    Language language = Language::korean;
    bool problem_json = false;  ///< RFC 9457 was asked for.
    std::string_view path;
    std::string_view correlation_id;
};
/// True when a type, such as `text/csv`, is named among what is accepted.
bool accepts(std::string_view accept, std::string_view wanted);
/// True when `application/problem+json` is among what is accepted.
bool accepts_problem_json(std::string_view accept);

Response error_response(const Problem& problem, const ErrorStyle& style);
/// For a refusal from the log: its code, and its details as they stand in the record.
Response refusal_response(std::string_view code, std::string_view details, const ErrorStyle& style);

/// 1, 2 or 3 seconds, so that many callers do not come back at once.
int jittered_retry_seconds();

/// `{"success":true,"message":…,"data":…}`; no message when it is empty.
Response success_response(int status, std::string_view data, std::string_view message = {});

}  // namespace jangteo::edge
