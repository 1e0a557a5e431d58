// Codes that prove an e-mail address (SH-AUTH-13). Whoever asks for one is told the same, whether or not the address has an
// account.
#include "events/codec.hpp"
#include "http-edge/identity/getting_in.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/passwords.hpp"

namespace jangteo::edge::identity {

using namespace events::identity;

namespace {

Response on_its_way(const Exchange& x, std::string_view code)
{
    std::string data = "{";
    if (x.services.show_codes && !code.empty()) {
        data += R"("code":)";
        events::append_json(data, code);
    }
    data += '}';
    return success_response(
        202, data,
        x.style.language == Language::korean ? "이메일로 인증 코드를 보냈습니다" : "A code is on its way by e-mail");
}

std::string hash_told(const Exchange& x, const StoredAccount& account, CodePurpose purpose, std::string_view code)
{
    return code_hash(x.services.email_key, account.account_id, to_text(purpose), code);
}

Awaitable<Response> issue(Exchange& x, const BodyReader& body, const StoredAccount& account, CodePurpose purpose)
{
    const auto head = head_of(x, body, account.account_id.value);
    const auto code = code_of(x.services.tokens, head.id);
    const IssueCode command{account.account_id, account.user_id, purpose, hash_told(x, account, purpose, code)};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [code](Exchange& exchange, const Answer&) { return on_its_way(exchange, code); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

Response code_refused(Exchange& x, const Answer& answer)
{
    return x.refuse("AUTH_006", R"({"attemptsLeft":)" + std::to_string(read<CodeRefused>(answer).attempts_left) + '}');
}

std::string read_code(const Fields& fields)
{
    return fields.text("code", 1, 20);
}

}  // namespace

Awaitable<Response> send_verification(Exchange& x)
{
    const BodyReader body("{}");
    const auto account = co_await account_of_person(x, x.caller().user_id);
    auto response = co_await issue(x, body, account, CodePurpose::email_verification);
    co_return response;
}

Awaitable<Response> verify_email(Exchange& x)
{
    BodyReader body(x.request);
    const auto code = read_code(body.fields());
    body.check();
    const auto account = co_await account_of_person(x, x.caller().user_id);
    const auto head = head_of(x, body);
    const VerifyEmail command{account.account_id, account.user_id,
                              hash_told(x, account, CodePurpose::email_verification, code)};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [](Exchange& exchange, const Answer& answer) {
        if (is<CodeRefused>(answer)) return code_refused(exchange, answer);
        return success_response(200, R"({"emailVerified":true})");
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

Awaitable<Response> forgot_password(Exchange& x)
{
    BodyReader body(x.request);
    const auto email = read_email(body.fields());
    body.check();
    const auto account_id = account_of(x.services.email_key, email);
    x.services.gate.admit_login(x, account_id);
    const auto account = co_await find_account(x, account_id);
    if (!account) co_return on_its_way(x, {});
    auto response = co_await issue(x, body, *account, CodePurpose::password_reset);
    // Too soon after the last one, or of a suspended person: nothing that somebody who asks should hear.
    if (response.status < 500 && response.status != 202) co_return on_its_way(x, {});
    co_return response;
}

Awaitable<Response> reset_password(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto email = read_email(fields);
    const auto code = read_code(fields);
    const auto password = read_password(fields);
    body.check();
    const auto account_id = account_of(x.services.email_key, email);
    x.services.gate.admit_login(x, account_id);
    const auto account = co_await find_account(x, account_id);
    const auto hash = co_await x.services.passwords.hash(password);
    if (!account || !account->key) throw Problem("AUTH_006");
    const auto head = head_of(x, body, account->account_id.value);
    const ResetPassword command{
        account->account_id, account->user_id, hash_told(x, *account, CodePurpose::password_reset, code),
        crypto::seal(*account->key, hash, bound_to(account->account_id, Sealed::password_hash))};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [](Exchange& exchange, const Answer& answer) {
        if (is<CodeRefused>(answer)) return code_refused(exchange, answer);
        const auto now = std::chrono::steady_clock::now();
        for (const auto& session : read<PasswordChanged>(answer).session_ids) {
            exchange.services.revocations.end(session, now);
        }
        return success_response(
            200, "{}",
            exchange.style.language == Language::korean ? "비밀번호가 변경되었습니다" : "The password was changed");
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::identity
