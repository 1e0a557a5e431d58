#include "consumers/payments/inicis.hpp"

#include "consumers/payments/inicis_forms.hpp"
#include "consumers/payments/texts.hpp"
#include "infra/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace jangteo::consumers::payments {

namespace {

using namespace inicis;
using events::payments::Approval;
using events::payments::CloseAtGateway;
using events::payments::ConfirmAtGateway;
using events::payments::Device;
using events::payments::Method;
using events::payments::RefundAtGateway;

constexpr std::size_t longest_reason = 100;  ///< In characters.
constexpr std::string_view stand_in = "http://127.0.0.1:";

/// Their data centres. The browser names one of them.
constexpr std::array<std::string_view, 3> pc_windows{"https://stdpay.inicis.com", "https://fcstdpay.inicis.com",
                                                     "https://ksstdpay.inicis.com"};
constexpr std::array<std::string_view, 3> mobile_windows{"https://mobile.inicis.com", "https://fcmobile.inicis.com",
                                                         "https://ksmobile.inicis.com"};

constexpr std::string_view path_of(Device device)
{
    return device == Device::pc ? "/api/payAuth" : "/smart/payReq.ini";
}

std::string_view means_of(const std::optional<Method>& method)
{
    switch (method.value_or(Method::card)) {
        case Method::bank_transfer: return "Acct";
        case Method::virtual_account: return "Vacct";
        case Method::mobile: return "HPP";
        case Method::card:
        case Method::point: break;
    }
    return "Card";
}

class Inicis final : public Gateway, public GatewayBooks {
public:
    Inicis(InicisSettings settings, Call call, std::function<events::Timestamp()> now)
        : settings_(std::move(settings)), call_(std::move(call)), now_(std::move(now))
    {}

    Standing confirm(const ConfirmAtGateway& task) override
    {
        if (!task.approval) return Declined{"NO_APPROVAL", "the browser brought nothing to ask with"};
        if (!is_theirs(*task.approval)) {
            return Declined{"FOREIGN_ADDRESS", "the browser brought an address that is not of KG Inicis"};
        }
        const auto answer = ask_window(*task.approval);
        if (said_yes(*task.approval, answer)) return captured(*task.approval, answer, task);
        // By an earlier try of ours the token may have been used, and to good purpose.
        auto standing = look(task.payment_id);
        if (!std::holds_alternative<Undecided>(standing)) return standing;
        return refusal(answer);
    }

    Standing look(const events::PaymentId& payment) override
    {
        const auto answer = inquire({{"oid", payment.text()}});
        const auto status = text_in(answer, "status");
        if (status == approved) {
            const auto amount = won_in(answer, "price");
            const auto tid = text_in(answer, "tid");
            if (!amount || tid.empty()) throw Unclear("KG Inicis does not say what it has of a payment");
            return Captured{tid, *amount, now_(), {}};  // When it was approved, it does not say.
        }
        if (status == cancelled) return Declined{"CANCELLED", ""};
        if (status == none) return Undecided{};
        throw Unclear("KG Inicis says that a payment is `" + status + "`");
    }

    /// What is left afterwards (`left_after`) is the lock: with it, this refund can be done at most once. A repeat that is
    /// refused finds the lock turned by the first.
    std::variant<Returned, Declined> refund(const RefundAtGateway& task, bool first,
                                            const std::optional<RefundAccount>& /*to*/) override
    {
        if (!task.left_after) return Declined{"LEFT_AFTER_UNKNOWN", "nobody said what will be left"};
        const bool all_of_it = *task.left_after == events::Won{0};
        const auto before = inquire({{"originalTid", task.gateway_key}});
        if (text_in(before, "status") == cancelled) return gone(task, all_of_it);
        if (text_in(before, "status") == none) return Declined{"NO_SUCH_TRANSACTION", ""};
        const bool whole = all_of_it && won_in(before, "price") == task.amount;

        const auto answer = ask_back(task, whole);
        if (text_in(answer, "resultCode") == api_yes) return returned(answer, task, whole);
        if (all_of_it && text_in(asked_after(task), "status") == cancelled) return gone(task, all_of_it);
        if (!all_of_it && !first) return Returned{"left " + std::to_string(task.left_after->value)};
        return refusal(answer);
    }

    std::variant<Closed, Captured> close(const CloseAtGateway& /*task*/) override
    {
        throw NotNow("virtual accounts of KG Inicis are not offered");
    }

    // ---- Their books

    /// INIAPI has no list of them.
    std::optional<std::vector<Transaction>> transactions(events::Timestamp, events::Timestamp) override { return {}; }
    std::optional<Entry> entry(const std::string& key) override { return entry_in(inquire({{"originalTid", key}})); }
    std::optional<Entry> entry_of(const events::PaymentId& payment) override
    {
        return entry_in(inquire({{"oid", payment.text()}}));
    }

private:
    static constexpr std::string_view pc_yes = "0000";
    static constexpr std::string_view mobile_yes = "00";
    static constexpr std::string_view api_yes = "00";
    // Of the inquiry.
    static constexpr std::string_view approved = "0";
    static constexpr std::string_view cancelled = "1";
    static constexpr std::string_view none = "9";

    // ---- The approval -----------------------------------------------------------------------------------------------

    [[nodiscard]] bool is_theirs(const Approval& approval) const
    {
        const auto is_asked_at = [&](std::string_view window) {
            std::string whole(window);
            whole += path_of(approval.device);
            return whole == approval.url;
        };
        if (settings_.url.starts_with(stand_in)) return is_asked_at(settings_.url);
        return std::ranges::any_of(approval.device == Device::pc ? pc_windows : mobile_windows, is_asked_at);
    }

    Answer ask_window(const Approval& approval)
    {
        const bool pc = approval.device == Device::pc;
        const Form mobile{{"P_MID", settings_.merchant}, {"P_TID", approval.token}};
        const auto response = send(approval.url, pc ? pc_form(approval) : mobile, Repeatable::no);
        if (!pc) return read_name_values(response.body);
        auto answer = read_json(response.body);
        if (!answer) throw Unclear("KG Inicis answered without an object");
        return *answer;
    }

    [[nodiscard]] Form pc_form(const Approval& approval) const
    {
        const auto stamp = milliseconds_now();
        const std::string token = "authToken=" + approval.token;
        const std::string time = "&timestamp=" + stamp;
        return {{"mid", settings_.merchant},
                {"authToken", approval.token},
                {"timestamp", stamp},
                {"signature", crypto::sha256_hex(token + time)},
                {"verification", crypto::sha256_hex(token + "&signKey=" + settings_.sign_key + time)},
                {"charset", "UTF-8"},
                {"format", "JSON"}};
    }

    static bool said_yes(const Approval& approval, const Answer& answer)
    {
        return approval.device == Device::pc ? text_in(answer, "resultCode") == pc_yes
                                             : text_in(answer, "P_STATUS") == mobile_yes;
    }

    static Standing captured(const Approval& approval, const Answer& answer, const ConfirmAtGateway& task)
    {
        const bool pc = approval.device == Device::pc;
        const auto tid = text_in(answer, pc ? "tid" : "P_TID");
        const auto amount = won_in(answer, pc ? "TotPrice" : "P_AMT");
        const auto approved_at = from_seoul_time(pc ? text_in(answer, "applDate") + text_in(answer, "applTime")
                                                    : text_in(answer, "P_AUTH_DT"));
        if (text_in(answer, pc ? "MOID" : "P_OID") != task.payment_id.text()) {
            throw Unclear("KG Inicis answers about another payment");
        }
        if (tid.empty() || !amount || !approved_at) throw Unclear("KG Inicis' approval cannot be read");
        return Captured{tid, *amount, *approved_at, {}};
    }

    // ---- INIAPI -----------------------------------------------------------------------------------------------------

    Answer inquire(const Form& about)
    {
        auto form = signed_form("Extra", "Inquiry", {});
        form.insert(form.end(), about.begin(), about.end());
        auto answer = ask_api("/api/v1/extra", form, Repeatable::yes);
        if (text_in(answer, "resultCode") != api_yes) {
            throw NotNow("KG Inicis does not say how a payment stands: " + text_in(answer, "resultCode"));
        }
        return answer;
    }
    /// The same once something was asked for: whatever goes wrong now, that may have been done.
    Answer asked_after(const RefundAtGateway& task)
    {
        try {
            return inquire({{"originalTid", task.gateway_key}});
        } catch (const NotNow& error) {
            throw Unclear(error.what());
        }
    }

    /// What went back in parts, and when it was approved, it does not say.
    [[nodiscard]] std::optional<Entry> entry_in(const Answer& answer) const
    {
        const auto status = text_in(answer, "status");
        if (status == none) return std::nullopt;
        const auto amount = won_in(answer, "price");
        if ((status != approved && status != cancelled) || !amount || text_in(answer, "tid").empty()) {
            throw Unclear("KG Inicis does not say what it has of a payment");
        }
        Entry found{.payment = text_in(answer, "oid"), .key = text_in(answer, "tid"), .captured = *amount};
        found.approved_at = now_();
        found.all_gone = status == cancelled;
        if (found.all_gone) found.over = Declined{"CANCELLED", ""};
        return found;
    }

    Answer ask_back(const RefundAtGateway& task, bool whole)
    {
        Form about{{"tid", task.gateway_key}};
        if (!whole) {
            about.emplace_back("price", std::to_string(task.amount.value));
            about.emplace_back("confirmPrice", std::to_string(task.left_after->value));
        }
        auto form = signed_form(whole ? "Refund" : "PartialRefund", means_of(task.method), about);
        if (!whole) form.emplace_back("currency", "WON");
        form.emplace_back("msg", task.reason.empty() ? "환불" : first_characters(task.reason, longest_reason));
        return ask_api("/api/v1/refund", form, Repeatable::no);
    }

    static Returned returned(const Answer& answer, const RefundAtGateway& task, bool whole)
    {
        if (whole) return {task.gateway_key};  // It has no name of its own.
        if (won_in(answer, "prtcPrice") != task.amount || won_in(answer, "prtcRemains") != task.left_after) {
            throw Unclear("KG Inicis' answer to a refund is about another one");
        }
        return {text_in(answer, "tid")};
    }

    /// All of it has gone back: by this refund, if it was to leave nothing.
    static std::variant<Returned, Declined> gone(const RefundAtGateway& task, bool all_of_it)
    {
        if (all_of_it) return Returned{task.gateway_key};
        return Declined{"CANCELLED_THERE", "all of it has been cancelled at KG Inicis"};
    }

    /// With `hashData` over the key and every value so far, in this order.
    [[nodiscard]] Form signed_form(std::string_view type, std::string_view means, const Form& more) const
    {
        Form form{{"type", std::string(type)},
                  {"paymethod", std::string(means)},
                  {"timestamp", seoul_time(now_())},
                  {"clientIp", settings_.client_address},
                  {"mid", settings_.merchant}};
        form.insert(form.end(), more.begin(), more.end());
        std::string plain = settings_.api_key;
        for (const auto& [name, value] : form) plain += value;
        form.emplace_back("hashData", crypto::sha512_hex(plain));
        return form;
    }

    Answer ask_api(std::string_view path, const Form& form, Repeatable repeatable)
    {
        auto answer = read_json(send(settings_.url + std::string(path), form, repeatable).body);
        if (!answer) throw Unclear("KG Inicis answered without an object");
        return *answer;
    }

    // ---- Any call ---------------------------------------------------------------------------------------------------

    HttpResponse send(const std::string& url, const Form& form, Repeatable repeatable)
    {
        constexpr int ok = 200;
        constexpr int too_many = 429;
        try {
            auto response = call_(
                {"POST", url, {{"Content-Type", "application/x-www-form-urlencoded;charset=utf-8"}}, encoded(form)},
                repeatable);
            if (response.status == too_many) throw NotNow("KG Inicis is asked too often");
            if (response.status != ok) throw Unclear("KG Inicis answered " + std::to_string(response.status));
            return response;
        } catch (const NoAnswer& error) {
            throw Unclear(error.what());
        } catch (const NotSent& error) {
            throw NotNow(error.what());
        } catch (const CircuitOpen& error) {
            throw NotNow(error.what());
        }
    }

    static Declined refusal(const Answer& answer)
    {
        const auto code = text_in(answer, "resultCode");
        return code.empty() ? declined(text_in(answer, "P_STATUS"), text_in(answer, "P_RMESG1"))
                            : declined(code, text_in(answer, "resultMsg"));
    }

    [[nodiscard]] std::string milliseconds_now() const
    {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now_().time_since_epoch()).count());
    }

    const InicisSettings settings_;
    const Call call_;
    const std::function<events::Timestamp()> now_;
};

}  // namespace

std::unique_ptr<Gateway> make_inicis(const InicisSettings& settings, Call call, std::function<events::Timestamp()> now)
{
    return std::make_unique<Inicis>(settings, std::move(call), std::move(now));
}

std::unique_ptr<GatewayBooks> make_inicis_books(const InicisSettings& settings, Call call,
                                                std::function<events::Timestamp()> now)
{
    return std::make_unique<Inicis>(settings, std::move(call), std::move(now));
}

}  // namespace jangteo::consumers::payments
