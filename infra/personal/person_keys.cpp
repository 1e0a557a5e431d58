#include "infra/personal/person_keys.hpp"

#include "infra/postgres/array_text.hpp"

#include <algorithm>
#include <string>

namespace jangteo::personal {

namespace {

constexpr std::size_t wrapped_at_once = 2'000;

std::string wrapped(const Masters& masters, const crypto::Key& key)
{
    // The key's id is the person's, and a wrapped key is good in that person's row only.
    return masters.seal(key.secret, key.id);
}

/// In one order for everybody, so that two transactions never wait for each other.
std::vector<events::UserId> in_order(std::vector<events::UserId> users)
{
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    return users;
}

std::string array_of(const std::vector<events::UserId>& users)
{
    postgres::ArrayText array;
    for (const auto& user : users) array.add(user);
    return array.take();
}

struct Found {
    Keys keys;
    std::vector<events::UserId> without_row;
};

Found find(postgres::Transaction& transaction, const Masters& masters, const std::vector<events::UserId>& users)
{
    Found found;
    const auto rows = transaction.run("SELECT user_id, wrapped FROM personal.keys WHERE user_id = ANY($1::uuid[])",
                                      {array_of(users)});
    std::vector<events::UserId> with_row;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const events::UserId user{rows.uuid(i, 0)};
        with_row.push_back(user);
        if (!rows.null(i, 1)) found.keys.emplace(user, unwrapped(masters, user, rows.text(i, 1)));
    }
    std::sort(with_row.begin(), with_row.end());
    std::set_difference(users.begin(), users.end(), with_row.begin(), with_row.end(),
                        std::back_inserter(found.without_row));
    return found;
}

}  // namespace

crypto::Key unwrapped(const Masters& masters, const events::UserId& user, std::string_view wrapped)
{
    const auto id = user.text();
    return {id, masters.open(wrapped, id)};
}

Keys keys_made_for(postgres::Session& session, const Masters& masters, const std::vector<events::UserId>& users)
{
    const auto wanted = in_order(users);
    return session.transact([&](postgres::Transaction& transaction) {
        auto found = find(transaction, masters, wanted);
        if (found.without_row.empty()) return std::move(found.keys);
        postgres::ArrayText fresh;
        for (const auto& user : found.without_row) fresh.add(wrapped(masters, crypto::make_key(user.text())));
        transaction.run(
            "INSERT INTO personal.keys (user_id, wrapped) SELECT * FROM unnest($1::uuid[], $2::text[])"
            " ON CONFLICT DO NOTHING",
            {array_of(found.without_row), fresh.take()});
        // Another edge may have been first: what is in the table counts.
        auto made = find(transaction, masters, found.without_row);
        found.keys.merge(made.keys);
        return std::move(found.keys);
    });
}

void erase(postgres::Session& session, const events::UserId& user)
{
    session.transact([&](postgres::Transaction& transaction) {
        transaction.run(
            "INSERT INTO personal.keys (user_id, wrapped, erased_at) VALUES ($1, NULL, now())"
            " ON CONFLICT (user_id) DO UPDATE SET wrapped = NULL, erased_at = now()"
            " WHERE personal.keys.erased_at IS NULL",
            {user});
    });
}

std::size_t wrap_anew(postgres::Session& session, const Masters& masters, std::string_view newest_master)
{
    return session.transact([&](postgres::Transaction& transaction) {
        // A sealed text begins with `v1.` and the id of the key that opens it.
        const auto rows = transaction.run(
            "SELECT user_id, wrapped FROM personal.keys"
            " WHERE wrapped IS NOT NULL AND NOT starts_with(wrapped, $1) ORDER BY user_id LIMIT $2 FOR UPDATE",
            {"v1." + std::string(newest_master) + ".", wrapped_at_once});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const events::UserId user{rows.uuid(i, 0)};
            transaction.run("UPDATE personal.keys SET wrapped = $2 WHERE user_id = $1",
                            {user, wrapped(masters, unwrapped(masters, user, rows.text(i, 1)))});
        }
        return rows.size();
    });
}

}  // namespace jangteo::personal
