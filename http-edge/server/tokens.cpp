#include "http-edge/server/tokens.hpp"

#include "events/codec.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/signing.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace json = boost::json;
using std::chrono::sys_seconds;
using std::chrono::system_clock;

namespace {

constexpr std::size_t shortest_secret = 32;
constexpr std::size_t remembered_tokens = 16'384;

[[noreturn]] void refuse_missing()
{
    throw Problem("AUTH_003", "{}", {"인증 토큰이 없습니다", "No token provided"});
}

[[noreturn]] void refuse_invalid()
{
    throw Problem("AUTH_003");
}

/// The object in one part of a token. A second member of one name would let two readers see two tokens: the body
/// reader's checks refuse it here as well.
json::object object_in(std::string_view part)
{
    const auto text = from_base64url(part);
    if (!text) refuse_invalid();
    try {
        BodyReader(*text, {.depth = 4, .values = 64}).check();
    } catch (const Problem&) {
        refuse_invalid();
    }
    auto value = json::parse(*text);
    if (!value.is_object()) refuse_invalid();
    return std::move(value.get_object());
}

std::string_view text_of(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view(text->data(), text->size());
}

std::optional<sys_seconds> time_of(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    if (value == nullptr) return std::nullopt;
    const auto* seconds = value->if_int64();
    constexpr std::int64_t latest = 253'402'300'799;  // The end of the year 9999; beyond it arithmetic overflows.
    if (seconds == nullptr || *seconds < 0 || *seconds > latest) refuse_invalid();
    return sys_seconds(std::chrono::seconds(*seconds));
}

bool names_audience(const json::object& claims, const std::string& audience)
{
    const auto* value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (const auto* list = value->if_array()) {
        return std::ranges::any_of(*list, [&](const json::value& item) {
            return item.is_string() && std::string_view(item.get_string()) == audience;
        });
    }
    return value->is_string() && std::string_view(value->get_string()) == audience;
}

}  // namespace

void check(const TokenSettings& settings)
{
    if (settings.keys.empty()) throw std::invalid_argument("no key to verify tokens with");
    for (auto key = settings.keys.begin(); key != settings.keys.end(); ++key) {
        if (key->id.empty()) throw std::invalid_argument("a token key needs an id");
        if (key->secret.size() < shortest_secret) {
            throw std::invalid_argument("the secret of token key `" + key->id + "` has less than 32 bytes");
        }
        if (std::any_of(settings.keys.begin(), key, [&](const auto& other) { return other.id == key->id; })) {
            throw std::invalid_argument("two token keys have the id `" + key->id + "`");
        }
    }
}

std::string mint_token(const TokenSettings& settings, const Caller& caller, system_clock::time_point now)
{
    check(settings);
    const auto& key = settings.keys.front();
    const auto issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    std::string header = R"({"alg":"HS256","typ":"JWT","kid":)";
    events::append_json(header, key.id);
    header += '}';
    std::string claims = R"({"iss":)";
    events::append_json(claims, settings.issuer);
    claims += R"(,"aud":)";
    events::append_json(claims, settings.audience);
    claims += R"(,"sub":)";
    events::append_json(claims, caller.user_id);
    claims += R"(,"userId":)";
    events::append_json(claims, caller.user_id);
    claims += R"(,"role":)";
    events::append_json(claims, to_text(caller.role));
    if (!caller.session_id.nil()) {
        claims += R"(,"sid":)";
        events::append_json(claims, caller.session_id);
    }
    if (caller.service) claims += R"(,"service":true)";
    claims += R"(,"iat":)" + std::to_string(issued.count());
    claims += R"(,"exp":)" + std::to_string((issued + settings.lifetime).count()) + '}';
    std::string token = base64url(header) + '.' + base64url(claims);
    token += '.' + base64url(hmac_sha256(key.secret, token));
    return token;
}

TokenVerifier::TokenVerifier(TokenSettings settings) : settings_(std::move(settings))
{
    check(settings_);
}

TokenVerifier::~TokenVerifier() = default;

Caller TokenVerifier::verify(std::string_view authorization, system_clock::time_point now)
{
    constexpr std::string_view scheme = "Bearer ";
    if (!authorization.starts_with(scheme)) refuse_missing();
    const auto token = authorization.substr(scheme.size());
    if (token.empty()) refuse_missing();
    if (token.size() > longest_token) refuse_invalid();
    const auto found = known_.find(token);
    if (found != known_.end()) return checked(found->second, now);
    const auto verified = read(token);
    const auto caller = checked(verified, now);
    // Whoever holds a key's secret could fill it with as many tokens as they like: then it starts anew.
    if (known_.size() >= remembered_tokens) known_.clear();
    known_.emplace(token, verified);
    return caller;
}

Caller TokenVerifier::checked(const Verified& verified, system_clock::time_point now) const
{
    const auto second = std::chrono::floor<std::chrono::seconds>(now);  // Nanoseconds do not reach the year 9999.
    if (second >= verified.expires + settings_.leeway) throw Problem("AUTH_002");
    if (second + settings_.leeway < verified.not_before) refuse_invalid();
    return verified.caller;
}

TokenVerifier::Verified TokenVerifier::read(std::string_view token) const
{
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) refuse_invalid();

    // The header names the key and nothing else. What it says of the algorithm has to be what the key is for.
    const auto header = object_in(token.substr(0, first));
    for (const std::string_view forbidden : {"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip"}) {
        if (header.contains(forbidden)) refuse_invalid();
    }
    if (text_of(header, "alg") != "HS256" || text_of(header, "typ") != "JWT") refuse_invalid();
    const auto key = std::ranges::find(settings_.keys, text_of(header, "kid"), &SigningKey::id);
    if (key == settings_.keys.end()) refuse_invalid();

    const auto signature = from_base64url(token.substr(second + 1));
    const auto expected = hmac_sha256(key->secret, token.substr(0, second));
    if (!signature || !same_secret(*signature, expected)) refuse_invalid();

    const auto claims = object_in(token.substr(first + 1, second - first - 1));
    if (text_of(claims, "iss") != settings_.issuer || !names_audience(claims, settings_.audience)) refuse_invalid();
    const auto expires = time_of(claims, "exp");
    if (!expires) refuse_invalid();
    const auto subject = events::UserId::parse(text_of(claims, "sub"));
    if (!subject || subject->nil()) refuse_invalid();
    // DOA's payload names the user once more; it must be the same one.
    if (claims.contains("userId") && events::UserId::parse(text_of(claims, "userId")) != subject) refuse_invalid();
    const auto role = parse_role(text_of(claims, "role"));
    if (!role) refuse_invalid();
    const auto session = events::SessionId::parse(text_of(claims, "sid"));
    if (claims.contains("sid") && !session) refuse_invalid();
    const auto* service = claims.if_contains("service");
    const bool of_service = service != nullptr && service->is_bool() && service->get_bool();
    return {{*subject, *role, session.value_or(events::SessionId{}), of_service},
            time_of(claims, "nbf").value_or(sys_seconds{}),
            *expires};
}

}  // namespace jangteo::edge
