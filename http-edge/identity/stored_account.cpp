#include "http-edge/identity/stored_account.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"

#include <cstdlib>

namespace jangteo::edge::identity {

namespace {

// The key with the row: one question, whether or not there is such an account, so that both take the same time.
constexpr std::string_view by_address =
    "SELECT a.account_id, a.user_id, a.email, a.name, a.password_hash, a.password_version, a.role, a.status,"
    " a.email_verified, a.created_at, a.updated_at, a.phone, a.profile_image, k.wrapped FROM read_accounts.accounts a"
    " LEFT JOIN personal.keys k ON k.user_id = a.user_id WHERE a.account_id = $1 AND a.status <> 'deleted'";
constexpr std::string_view by_person =
    "SELECT a.account_id, a.user_id, a.email, a.name, a.password_hash, a.password_version, a.role, a.status,"
    " a.email_verified, a.created_at, a.updated_at, a.phone, a.profile_image, k.wrapped FROM read_accounts.accounts a"
    " LEFT JOIN personal.keys k ON k.user_id = a.user_id WHERE a.user_id = $1 AND a.status <> 'deleted'";

Awaitable<std::optional<StoredAccount>> found(Exchange& x, std::string_view sql, events::Uuid id)
{
    co_await catch_up(x, accounts_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    std::optional<StoredAccount> account;
    if (!rows.empty()) {
        account.emplace();
        account->account_id = {rows.uuid(0, 0)};
        account->user_id = {rows.uuid(0, 1)};
        account->email = rows.text(0, 2);
        account->name = rows.text(0, 3);
        account->password_hash = rows.text(0, 4);
        account->password_version = rows.integer(0, 5);
        account->role = parse_role(rows.text(0, 6)).value_or(Role::user);
        account->status = rows.text(0, 7);
        account->email_verified = rows.boolean(0, 8);
        account->created_at = rows.timestamp(0, 9);
        account->updated_at = rows.timestamp(0, 10);
        if (!rows.null(0, 11)) account->phone = rows.text(0, 11);
        if (!rows.null(0, 12)) account->profile_image = rows.text(0, 12);
        if (!rows.null(0, 13)) account->key = x.services.people.unwrapped(account->user_id, rows.text(0, 13));
    }
    co_return account;
}

}  // namespace

std::string bound_to(const events::AccountId& account, Sealed field)
{
    auto text = account.text();
    switch (field) {
        case Sealed::email: return text += "/email";
        case Sealed::name: return text += "/name";
        case Sealed::password_hash: return text += "/passwordHash";
        case Sealed::device: return text += "/device";
        case Sealed::phone: return text += "/phone";
        case Sealed::profile_image: return text += "/profileImage";
    }
    std::abort();  // No other value can be made without a cast.
}

std::string StoredAccount::opened(Sealed field) const
{
    switch (field) {
        case Sealed::email: return opened_or_empty(key, email, bound_to(account_id, field));
        case Sealed::name: return opened_or_empty(key, name, bound_to(account_id, field));
        case Sealed::password_hash: return opened_or_empty(key, password_hash, bound_to(account_id, field));
        case Sealed::phone: return opened_or_empty(key, phone, bound_to(account_id, field));
        case Sealed::profile_image: return opened_or_empty(key, profile_image, bound_to(account_id, field));
        case Sealed::device: break;  // A session's.
    }
    return {};
}

std::string StoredAccount::json() const
{
    std::string json = R"({"id":)";
    events::append_json(json, user_id);
    append_member(json, "email", std::string_view(opened(Sealed::email)));
    append_member(json, "name", std::string_view(opened(Sealed::name)));
    append_member(json, "role", to_text(role));
    append_member(json, "status", std::string_view(status));
    append_member(json, "emailVerified", email_verified);
    append_member(json, "createdAt", created_at);
    return json + '}';
}

Awaitable<std::optional<StoredAccount>> find_account(Exchange& x, events::AccountId id)
{
    auto account = co_await found(x, by_address, id.value);
    co_return account;
}

Awaitable<StoredAccount> account_of_person(Exchange& x, events::UserId user)
{
    auto account = co_await found(x, by_person, user.value);
    if (!account) throw Problem("USER_001");
    co_return std::move(*account);
}

}  // namespace jangteo::edge::identity
