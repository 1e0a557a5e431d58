#include "http-edge/server/gate.hpp"

#include "http-edge/server/errors.hpp"

namespace jangteo::edge {

namespace {

Usage::Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

int seconds_until(std::int64_t moment)
{
    return static_cast<int>(std::max<std::int64_t>(1, moment - now().time_since_epoch().count()));
}

}  // namespace

bool Gate::exempt(const Exchange& x) const
{
    return limits_.exempt_services && x.member && x.member->service;
}

void Gate::take(Exchange& x, UsageKey key, std::int64_t limit)
{
    Allowance allowance;
    const bool admitted = usage_.take(key, limit, now(), allowance);
    x.allowance = allowance;
    if (!admitted) throw Problem("COMMON_429").retry_after(seconds_until(allowance.resets_at));
}

void Gate::admit(Exchange& x)
{
    if (x.route.kind == Kind::operations || exempt(x)) return;
    // From a handful of addresses it speaks for everybody who pays.
    if (x.route.who == Who::gateway) return;
    if (x.member) {
        if (limits_.member > 0) take(x, events::hash_of(x.member->user_id.value), limits_.member);
    } else if (limits_.anonymous > 0) {
        take(x, usage_key(secret_, "address", x.request.address), limits_.anonymous);
    }
}

Gate::LoginKeys Gate::login_keys(std::string_view kind, const Exchange& x, const events::AccountId& account) const
{
    return {usage_key(secret_, std::string(kind) += "/address", x.request.address),
            usage_key(secret_, std::string(kind) += "/account", account.text())};
}

void Gate::admit_login(Exchange& x, const events::AccountId& account)
{
    if (limits_.login <= 0 || exempt(x)) return;
    const auto failed = login_keys("failed", x, account);
    for (const auto key : {failed.address, failed.account}) {
        if (const auto until = usage_.blocked_until(key, now())) {
            throw Problem("AUTH_005").retry_after(seconds_until(until->time_since_epoch().count()));
        }
    }
    const auto tries = login_keys("login", x, account);
    take(x, tries.address, limits_.login);
    take(x, tries.account, limits_.login);
}

void Gate::login_failed(const Exchange& x, const events::AccountId& account)
{
    if (limits_.login <= 0 || exempt(x)) return;
    const auto failed = login_keys("failed", x, account);
    for (const auto key : {failed.address, failed.account}) {
        usage_.add(key, now());
        if (usage_.count(key, now()) >= limits_.login) usage_.block(key, now() + limits_.login_block);
    }
}

}  // namespace jangteo::edge
