#include "http-edge/identity/getting_in.hpp"

#include "events/codec.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/passwords.hpp"

namespace jangteo::edge::identity {

using namespace events::identity;

namespace {

constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_device = 300;
constexpr std::chrono::days refresh_cookie_life{7};  ///< SH-AUTH-02

Role role_of(events::identity::Role role)
{
    return parse_role(events::identity::to_text(role)).value_or(edge::Role::user);
}

struct Registration {
    std::string email;
    std::string password;
    std::string name;
};

Registration read_registration(BodyReader& body)
{
    const auto fields = body.fields();
    Registration read;
    read.email = read_email(fields);
    read.password = read_password(fields);
    read.name = fields.text("name", 1, longest_name);
    body.check();
    return read;
}

/// As the person will see it from now on; nothing of it has to be fetched.
std::string person_json(const Registration& person, const AccountRegistered& e, events::Timestamp at)
{
    std::string json = R"({"id":)";
    events::append_json(json, e.user_id);
    append_member(json, "email", std::string_view(person.email));
    append_member(json, "name", std::string_view(person.name));
    append_member(json, "role", events::identity::to_text(e.role));
    append_member(json, "status", std::string_view("active"));
    append_member(json, "emailVerified", false);
    append_member(json, "createdAt", at);
    return json + '}';
}

struct Credentials {
    std::string email;
    std::string password;
};

/// A password that no account can have is a wrong one, and not a wrong field: it says nothing about the account.
Credentials read_credentials(BodyReader& body)
{
    const auto fields = body.fields();
    Credentials read;
    read.email = fields.text("email", 1, 254);
    read.password = fields.text("password", 1, 1'000);
    body.check();
    return read;
}

}  // namespace

std::string read_email(const Fields& fields)
{
    auto email = fields.text("email", 1, 254);
    if (!email.empty() && !is_email(email)) {
        fields.wrong("email", {"올바른 이메일 주소여야 합니다", "must be an e-mail address"});
    }
    return email;
}

std::string read_password(const Fields& fields)
{
    auto password = fields.text("password", shortest_password, longest_password_bytes);
    if (password.size() > longest_password_bytes) {
        fields.wrong("password", {"UTF-8로 72바이트를 넘을 수 없습니다", "must not have more than 72 bytes of UTF-8"});
    }
    return password;
}

std::optional<std::string> sealed_device(const Exchange& x, const crypto::Key& key, const events::AccountId& account)
{
    auto device = x.request.user_agent.substr(0, longest_device);
    if (device.empty()) return std::nullopt;
    return crypto::seal(key, device, bound_to(account, Sealed::device));
}

Response tokens_response(Exchange& x, int status, const Caller& caller, const RefreshToken& refresh,
                         std::string_view user)
{
    const auto& settings = x.services.tokens;
    const auto access_text = mint_token(settings, caller, std::chrono::system_clock::now());
    const auto refresh_text = write_refresh_token(settings, refresh);
    std::string data = R"({"tokenType":"Bearer")";
    append_member(data, "expiresIn", static_cast<std::int64_t>(settings.lifetime.count()));
    const bool in_cookies = wants_cookies(x.request);  // Then no script shall see them (ECG-01).
    if (!in_cookies) {
        append_member(data, "accessToken", std::string_view(access_text));
        append_member(data, "refreshToken", std::string_view(refresh_text));
    }
    if (!user.empty()) append_raw(data, "user", user);
    data += '}';
    auto response = success_response(status, data);
    if (in_cookies) set_cookies(response, access_text, settings.lifetime, refresh_text, refresh_cookie_life);
    return response;
}

/// DOA-AUTH-01, SH-AUTH-12. What is personal is sealed here; nobody further in sees it.
Awaitable<Response> register_account(Exchange& x)
{
    BodyReader body(x.request);
    const auto person = read_registration(body);
    if (wants_cookies(x.request)) check_origin(x.services.browsers, x.request);
    RegisterAccount command;
    command.account_id = account_of(x.services.email_key, person.email);
    const auto head = head_of(x, body, command.account_id.value);
    command.user_id = {events::uuid_v5(head.id.value, "user")};
    command.session_id = {events::uuid_v5(head.id.value, "session")};
    // Most of those who come twice are told so without a hash and a key; of two at once the log decides.
    const auto there = co_await find_account(x, command.account_id);
    if (there && there->user_id != command.user_id) throw Problem("USER_002");
    const auto hash = co_await x.services.passwords.hash(person.password);
    const auto key = co_await x.services.people.key_of(command.user_id);
    if (!key) throw Problem("COMMON_409");  // A repeat after the person has been erased.
    command.email = crypto::seal(*key, person.email, bound_to(command.account_id, Sealed::email));
    command.name = crypto::seal(*key, person.name, bound_to(command.account_id, Sealed::name));
    command.password_hash = crypto::seal(*key, hash, bound_to(command.account_id, Sealed::password_hash));
    command.device = sealed_device(x, *key, command.account_id);

    const auto user = command.user_id;
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [person, at = record.envelope.time](Exchange& exchange, const Answer& answer) {
        const auto e = read<AccountRegistered>(answer);
        exchange.services.callers.saw(e.user_id, answer.position);
        return tokens_response(exchange, 201, {e.user_id, role_of(e.role), e.session_id},
                               {e.account_id, e.session_id, 1}, person_json(person, e, at));
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    // Nothing was sealed with it that anybody will read.
    if (response.error_code == "USER_002") co_await x.services.people.erase(user);
    co_return response;
}

/// DOA-AUTH-02. Whatever is wrong, the answer is the same, and so is what it took: one question and one hash.
Awaitable<Response> login(Exchange& x)
{
    BodyReader body(x.request);
    const auto given = read_credentials(body);
    if (wants_cookies(x.request)) check_origin(x.services.browsers, x.request);
    const auto account_id = account_of(x.services.email_key, given.email);
    x.services.gate.admit_login(x, account_id);
    const auto account = co_await find_account(x, account_id);
    const auto hash = account ? account->opened(Sealed::password_hash) : std::string();
    const bool right = co_await x.services.passwords.verify(given.password, hash);
    if (!right || given.password.size() > longest_password_bytes) {
        x.services.gate.login_failed(x, account_id);
        throw Problem("AUTH_001");
    }
    // Whether the account is suspended it says itself: what was read above may be of a moment ago.
    const auto head = head_of(x, body, account->account_id.value);
    const OpenSession command{account->account_id,
                              {events::uuid_v5(head.id.value, "session")},
                              account->password_version,
                              sealed_device(x, *account->key, account->account_id)};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [user = account->json()](Exchange& exchange, const Answer& answer) {
        const auto e = read<SessionOpened>(answer);
        exchange.services.callers.saw(e.user_id, answer.position);
        return tokens_response(exchange, 200, {e.user_id, role_of(e.role), e.session_id},
                               {e.account_id, e.session_id, 1}, user);
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// DOA-AUTH-03. Who comes a second time with one token ends its session (SH-AUTH-03); an app whose answer was lost asks
/// again with the same Idempotency-Key, and is answered with the same tokens.
Awaitable<Response> refresh(Exchange& x)
{
    BodyReader body(x.request);
    const bool in_cookies = wants_cookies(x.request);
    const auto text =
        in_cookies ? refresh_token_of(x.services.browsers, x.request) : body.fields().text("refreshToken", 1, 1'000);
    body.check();
    const auto token = read_refresh_token(x.services.tokens, text);
    if (!token) throw Problem("AUTH_003");
    const auto head = head_of(x, body, token->session_id.value);
    const RefreshSession command{token->account_id, token->session_id, token->generation};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [](Exchange& exchange, const Answer& answer) {
        if (is<SessionsRevoked>(answer)) return exchange.refuse("AUTH_003");
        const auto e = read<SessionRefreshed>(answer);
        exchange.services.callers.saw(e.user_id, answer.position);
        return tokens_response(exchange, 200, {e.user_id, role_of(e.role), e.session_id},
                               {e.account_id, e.session_id, e.generation});
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::identity
