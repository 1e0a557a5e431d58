#include "consumers/payments/toss.hpp"

#include "consumers/payments/texts.hpp"
#include "events/calendar.hpp"

#include <openssl/evp.h>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace jangteo::consumers::payments {

namespace {

namespace json = boost::json;
using events::payments::CloseAtGateway;
using events::payments::ConfirmAtGateway;
using events::payments::RefundAtGateway;

constexpr std::size_t longest_reason = 200;  ///< Of theirs; in characters.
constexpr std::string_view api_version = "2022-11-16";

/// Refusals that say something about us and not about the payment.
const std::set<std::string, std::less<>> about_us{"UNAUTHORIZED_KEY", "INVALID_API_KEY", "INCORRECT_BASIC_AUTH_FORMAT",
                                                  "FORBIDDEN_REQUEST"};

/// Basic authentication with the secret key as the user and no password.
std::string authorization(const std::string& secret_key)
{
    const std::string plain = secret_key + ":";
    std::string coded(4 * ((plain.size() + 2) / 3) + 1, '\0');  // And the terminator that OpenSSL writes.
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                        reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    coded.resize(static_cast<std::size_t>(length));
    return "Basic " + coded;
}

std::optional<std::chrono::minutes> two_digits(std::string_view text)
{
    const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
    if (!is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
    return std::chrono::minutes{(text[0] - '0') * 10 + (text[1] - '0')};
}

/// Their times carry an offset: `2026-01-18T23:31:02+09:00`.
std::optional<events::Timestamp> parse_time(std::string_view text)
{
    constexpr std::size_t offset_size = 6;
    if (text.ends_with('Z')) return events::parse_iso8601(text);
    if (text.size() <= offset_size) return std::nullopt;
    const auto time = events::parse_iso8601(std::string(text.substr(0, text.size() - offset_size)) + "Z");
    const auto offset = text.substr(text.size() - offset_size);
    const auto hours = two_digits(offset.substr(1));
    const auto minutes = two_digits(offset.substr(4));
    if (!time || !hours || !minutes || offset[3] != ':') return std::nullopt;
    if (offset[0] != '+' && offset[0] != '-') return std::nullopt;
    const auto ahead = *hours * 60 + *minutes;
    return offset[0] == '+' ? *time - ahead : *time + ahead;
}

/// What they take: a longer one, they refuse, and the money with it.
std::string reason_of(const std::string& reason)
{
    return reason.empty() ? "환불" : first_characters(reason, longest_reason);
}

/// A member of what they answer. What is not as published is no answer: nobody can say what was done.
const json::value& member(const json::object& object, std::string_view name)
{
    const auto* found = object.if_contains(name);
    if (found == nullptr) throw Unclear("TossPayments' answer has no " + std::string(name));
    return *found;
}
std::string text(const json::object& object, std::string_view name)
{
    const auto* found = member(object, name).if_string();
    if (found == nullptr) throw Unclear("in TossPayments' answer, " + std::string(name) + " is no text");
    return std::string(*found);
}
events::Won won(const json::object& object, std::string_view name)
{
    const auto* found = member(object, name).if_int64();
    if (found == nullptr || *found < 0)
        throw Unclear("in TossPayments' answer, " + std::string(name) + " is no amount");
    return {*found};
}

json::object parsed(const HttpResponse& response)
{
    json::error_code error;
    const auto root = json::parse(response.body, error);
    if (error || !root.is_object()) {
        throw Unclear("TossPayments answered " + std::to_string(response.status) + " without an object");
    }
    return root.get_object();
}

/// They list times of Seoul, to the second and without an offset.
std::string seoul_second(events::Timestamp time)
{
    auto text = events::to_iso8601(std::chrono::ceil<std::chrono::seconds>(time) + events::seoul_offset);
    text.resize(std::string_view("2026-01-18T23:31:02").size());
    return text;
}

class Toss final : public Gateway, public GatewayBooks {
public:
    Toss(const TossSettings& settings, Call call)
        : list_url_(settings.url + "/v1/transactions"),
          url_(settings.url + "/v1/payments/"),
          authorization_(authorization(settings.secret_key)),
          call_(std::move(call))
    {}

    Standing confirm(const ConfirmAtGateway& task) override
    {
        const json::object body{
            {"paymentKey", task.gateway_key}, {"orderId", task.payment_id.text()}, {"amount", task.amount.value}};
        const auto response = post("confirm", body, "confirm-" + task.payment_id.text(), Repeatable::no);
        if (response.status == ok) return standing_of(parsed(response), task.payment_id);
        const auto no = refusal(response);
        // By an earlier call of ours, or since it was cancelled there: the payment itself says so.
        if (no.code == "ALREADY_PROCESSED_PAYMENT") return look(task.payment_id);
        return no;
    }

    Standing look(const events::PaymentId& payment) override
    {
        const auto response = send({"GET", url_ + "orders/" + payment.text(), headers(), {}}, Repeatable::yes);
        if (response.status == ok) return standing_of(parsed(response), payment);
        const auto no = refusal(response);
        if (response.status == not_found) return Undecided{};
        throw NotNow("TossPayments does not say how a payment stands: " + no.code);
    }

    std::variant<Returned, Declined> refund(const RefundAtGateway& task, bool /*first*/,
                                            const std::optional<RefundAccount>& to) override
    {
        json::object body{{"cancelReason", reason_of(task.reason)}, {"cancelAmount", task.amount.value}};
        if (to) {
            body["refundReceiveAccount"] =
                json::object{{"bank", to->bank}, {"accountNumber", to->number}, {"holderName", to->holder}};
        }
        const auto response =
            post(task.gateway_key + "/cancel", body, "refund-" + task.refund_id.text(), Repeatable::yes);
        if (response.status != ok) return refusal(response);
        return returned(parsed(response), task);
    }

    /// Cancelled before any money came. A deposit may come in between: then there is money, and it has to go back.
    std::variant<Closed, Captured> close(const CloseAtGateway& task) override
    {
        if (const auto ended = ended_by_itself(task.payment_id)) return *ended;
        const json::object body{{"cancelReason", reason_of(task.reason)}};
        const auto response =
            post(task.gateway_key + "/cancel", body, "close-" + task.payment_id.text(), Repeatable::yes);
        if (response.status == ok) return Closed{};
        const auto no = refusal(response);
        if (const auto ended = ended_by_itself(task.payment_id)) return *ended;
        throw NotNow("TossPayments does not close an account: " + no.code);
    }

    // ---- Their books

    std::optional<std::vector<Transaction>> transactions(events::Timestamp from, events::Timestamp to) override
    {
        constexpr std::size_t page = 1'000;  // They give 5,000 at most; ours has to fit into one answer.
        std::vector<Transaction> found;
        std::string after;
        for (std::size_t read = page; read == page;) {
            auto url = list_url_ + "?startDate=" + seoul_second(from) + "&endDate=" + seoul_second(to);
            url += "&limit=" + std::to_string(page);
            if (!after.empty()) url += "&startingAfter=" + after;
            const auto response = send({"GET", url, headers(), {}}, Repeatable::yes);
            if (response.status != ok) {
                throw NotNow("TossPayments does not list its transactions: " + refusal(response).code);
            }
            json::error_code error;
            const auto root = json::parse(response.body, error);
            if (error || !root.is_array()) throw Unclear("TossPayments' list of transactions is none");
            read = root.get_array().size();
            for (const auto& one : root.get_array()) {
                if (!one.is_object()) throw Unclear("TossPayments' list of transactions cannot be read");
                const auto& object = one.get_object();
                found.push_back({.key = text(object, "transactionKey"),
                                 .payment = text(object, "orderId"),
                                 .payment_key = text(object, "paymentKey")});
                if (text(object, "status") == "DONE") found.back().taken = won(object, "amount");
                after = found.back().key;
            }
        }
        return found;
    }

    std::optional<Entry> entry(const std::string& key) override { return entry_at(url_ + key); }
    std::optional<Entry> entry_of(const events::PaymentId& payment) override
    {
        return entry_at(url_ + "orders/" + payment.text());
    }

private:
    std::optional<std::variant<Closed, Captured>> ended_by_itself(const events::PaymentId& payment)
    {
        const auto standing = look(payment);
        if (const auto* captured = std::get_if<Captured>(&standing)) return *captured;
        if (std::holds_alternative<Declined>(standing)) return Closed{};
        return std::nullopt;
    }

    static constexpr int ok = 200;
    static constexpr int unauthorized = 401;
    static constexpr int not_found = 404;
    static constexpr int conflict = 409;
    static constexpr int too_many = 429;
    static constexpr int server_error = 500;

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers() const
    {
        return {{"Authorization", authorization_}, {"TossPayments-Api-Version", std::string(api_version)}};
    }

    HttpResponse post(const std::string& path, const json::object& body, const std::string& key, Repeatable repeatable)
    {
        HttpRequest request{"POST", url_ + path, headers(), json::serialize(body)};
        request.headers.emplace_back("Content-Type", "application/json");
        request.headers.emplace_back("Idempotency-Key", key);
        return send(request, repeatable);
    }

    /// Only answers that decide something come back.
    HttpResponse send(const HttpRequest& request, Repeatable repeatable)
    {
        try {
            auto response = call_(request, repeatable);
            if (response.status == too_many) throw NotNow("TossPayments is asked too often");
            if (response.status == conflict || response.status >= server_error) {
                throw Unclear("TossPayments answered " + std::to_string(response.status));
            }
            return response;
        } catch (const NoAnswer& error) {
            throw Unclear(error.what());
        } catch (const NotSent& error) {
            throw NotNow(error.what());
        } catch (const CircuitOpen& error) {
            throw NotNow(error.what());
        }
    }

    static Declined refusal(const HttpResponse& response)
    {
        if (response.status == unauthorized) throw NotNow("TossPayments does not know our key");
        const auto why = parsed(response);
        auto no = declined(text(why, "code"), text(why, "message"));
        if (about_us.contains(no.code)) throw NotNow("TossPayments does not let us in: " + no.code);
        return no;
    }

    static Standing standing_of(const json::object& payment, const events::PaymentId& asked_for)
    {
        // A repeat of an idempotency key gets the first answer, whatever was asked for the second time.
        if (text(payment, "orderId") != asked_for.text()) throw Unclear("TossPayments answers about another payment");
        const auto status = text(payment, "status");
        if (status == "DONE" || status == "PARTIAL_CANCELED") return captured(payment);
        if (status == "ABORTED" || status == "EXPIRED" || status == "CANCELED") {
            return why_over(payment, status);
        }
        if (status == "WAITING_FOR_DEPOSIT") return awaiting(payment);
        return Undecided{};  // READY, IN_PROGRESS
    }

    static Awaiting awaiting(const json::object& payment)
    {
        const auto* account = member(payment, "virtualAccount").if_object();
        if (account == nullptr) throw Unclear("TossPayments waits for a deposit into no account");
        const auto due_at = parse_time(text(*account, "dueDate"));
        if (!due_at) throw Unclear("TossPayments' answer has no dueDate that can be read");
        Awaiting found{text(payment, "paymentKey"),
                       won(payment, "totalAmount"),
                       text(*account, "bankCode"),
                       text(*account, "accountNumber"),
                       *due_at,
                       {}};
        // Without it, callbacks are believed no more than others: they make us ask.
        const auto* secret = payment.if_contains("secret");
        if (secret != nullptr && secret->is_string()) found.secret = secret->get_string();
        return found;
    }

    static Declined why_over(const json::object& payment, const std::string& status)
    {
        const auto* failure = payment.if_contains("failure");
        if (failure == nullptr || !failure->is_object()) return {status, ""};
        const auto& why = failure->get_object();
        return declined(text(why, "code"), text(why, "message"));
    }

    static Captured captured(const json::object& payment)
    {
        Captured found{text(payment, "paymentKey"), won(payment, "totalAmount"), {}, {}};
        const auto approved_at = parse_time(text(payment, "approvedAt"));
        if (!approved_at) throw Unclear("TossPayments' answer has no approvedAt that can be read");
        found.approved_at = *approved_at;
        // Nice to have: without it the money is captured all the same.
        const auto* receipt = payment.if_contains("receipt");
        const auto* url =
            receipt != nullptr && receipt->is_object() ? receipt->get_object().if_contains("url") : nullptr;
        if (url != nullptr && url->is_string()) found.receipt_url = url->get_string();
        return found;
    }

    std::optional<Entry> entry_at(const std::string& url)
    {
        const auto response = send({"GET", url, headers(), {}}, Repeatable::yes);
        if (response.status == ok) return entry_of(parsed(response));
        const auto no = refusal(response);
        if (response.status == not_found) return std::nullopt;
        throw NotNow("TossPayments does not show a payment: " + no.code);
    }

    static Entry entry_of(const json::object& payment)
    {
        Entry found{.payment = text(payment, "orderId"), .key = text(payment, "paymentKey"), .parts = {{}}};
        const auto status = text(payment, "status");
        // A virtual account that is cancelled before its deposit has a cancel, and never had money.
        const bool taken = member(payment, "approvedAt").is_string() && status != "WAITING_FOR_DEPOSIT";
        if (taken) {
            const auto money = captured(payment);
            found.captured = money.amount;
            found.approved_at = money.approved_at;
            found.receipt_url = money.receipt_url;
            add_cancels(*found.parts, member(payment, "cancels"));
        }
        found.all_gone = taken && status == "CANCELED";
        if (status == "ABORTED" || status == "EXPIRED" || status == "CANCELED") {
            found.over = why_over(payment, status);
        }
        return found;
    }

    static void add_cancels(std::vector<GivenBack>& to, const json::value& cancels)
    {
        if (cancels.is_null()) return;
        if (!cancels.is_array()) throw Unclear("in TossPayments' answer, cancels is no list");
        for (const auto& one : cancels.get_array()) {
            if (!one.is_object()) throw Unclear("in TossPayments' answer, a cancel cannot be read");
            const auto& cancel = one.get_object();
            if (text(cancel, "cancelStatus") != "DONE") continue;
            to.push_back({text(cancel, "transactionKey"), won(cancel, "cancelAmount")});
        }
    }

    /// The latest of a payment's refunds is what was asked for.
    static Returned returned(const json::object& payment, const RefundAtGateway& task)
    {
        const auto* cancels = member(payment, "cancels").if_array();
        if (cancels == nullptr || cancels->empty() || !cancels->back().is_object()) {
            throw Unclear("TossPayments' answer to a refund names none");
        }
        const auto& latest = cancels->back().get_object();
        if (text(latest, "cancelStatus") != "DONE" || won(latest, "cancelAmount") != task.amount) {
            throw Unclear("TossPayments' answer to a refund is about another one");
        }
        return {text(latest, "transactionKey")};
    }

    const std::string list_url_;
    const std::string url_;
    const std::string authorization_;
    const Call call_;
};

}  // namespace

std::unique_ptr<Gateway> make_toss(const TossSettings& settings, Call call)
{
    return std::make_unique<Toss>(settings, std::move(call));
}

std::unique_ptr<GatewayBooks> make_toss_books(const TossSettings& settings, Call call)
{
    return std::make_unique<Toss>(settings, std::move(call));
}

}  // namespace jangteo::consumers::payments
