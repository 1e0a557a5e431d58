// Tokens as attackers make them (RFC 8725).
#include "http-edge/server/tokens.hpp"
#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <array>

namespace jangteo::edge {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

const std::string secret = "the first secret has thirty-two bytes";
const std::string second_secret = "the second secret is just as long....";
const TokenSettings settings{.keys = {{"2026-11", secret}, {"2026-10", second_secret}}};
const events::UserId alice{events::uuid_v5(events::url_namespace, "alice")};
const auto now = system_clock::time_point(seconds(1'800'000'000));

std::string base64url(std::string_view bytes)
{
    std::string text(bytes.size() * 2 + 4, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    while (text.ends_with('=')) text.pop_back();
    for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

std::string sign(std::string_view header, std::string_view claims, const std::string& with,
                 const EVP_MD* digest = EVP_sha256())
{
    const auto text = base64url(header) + '.' + base64url(claims);
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    HMAC(digest, with.data(), static_cast<int>(with.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), bytes.data(), &size);
    return text + '.' + base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string claims(std::string_view changes = {})
{
    return R"({"iss":"jangteo","aud":"jangteo","sub":")" + alice.text() + R"(","role":"user","exp":1800003600)" +
           std::string(changes) + "}";
}
constexpr std::string_view header = R"({"alg":"HS256","typ":"JWT","kid":"2026-11"})";

/// The code of the refusal; empty when the token is taken.
std::string verdict(const std::string& token, system_clock::time_point at = now)
{
    TokenVerifier verifier(settings);
    try {
        verifier.verify("Bearer " + token, at);
        return {};
    } catch (const Problem& problem) {
        return problem.code();
    }
}

TEST(Token, that_was_minted_is_taken)
{
    for (const auto role : {Role::user, Role::seller, Role::admin}) {
        TokenVerifier verifier(settings);
        const auto token = mint_token(settings, {alice, role}, now);
        EXPECT_EQ(verifier.verify("Bearer " + token, now), (Caller{alice, role}));
        EXPECT_EQ(verifier.verify("Bearer " + token, now), (Caller{alice, role})) << "again, from memory";
    }
    EXPECT_EQ(verdict(sign(header, claims(), secret)), "");
}

TEST(Token, of_either_live_key_is_taken)
{
    constexpr std::string_view older = R"({"alg":"HS256","typ":"JWT","kid":"2026-10"})";
    EXPECT_EQ(verdict(sign(older, claims(), second_secret)), "");
    EXPECT_EQ(verdict(sign(older, claims(), secret)), "AUTH_003") << "each key is its own";
    EXPECT_EQ(verdict(sign(header, claims(), second_secret)), "AUTH_003");
}

TEST(Token, does_not_choose_its_algorithm)
{
    for (const auto* algorithm : {"none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "", "hs256"}) {
        const auto forged = R"({"alg":")" + std::string(algorithm) + R"(","typ":"JWT","kid":"2026-11"})";
        EXPECT_EQ(verdict(sign(forged, claims(), secret)), "AUTH_003") << algorithm;
        EXPECT_EQ(verdict(base64url(forged) + '.' + base64url(claims()) + '.'), "AUTH_003") << algorithm;
    }
    EXPECT_EQ(verdict(sign(R"({"alg":"HS512","typ":"JWT","kid":"2026-11"})", claims(), secret, EVP_sha512())),
              "AUTH_003");
    EXPECT_EQ(verdict(sign(R"({"typ":"JWT","kid":"2026-11"})", claims(), secret)), "AUTH_003");
}

TEST(Token, names_its_key)
{
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"JWT"})", claims(), secret)), "AUTH_003");
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"JWT","kid":""})", claims(), secret)), "AUTH_003");
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"JWT","kid":"../../dev/null"})", claims(), "")), "AUTH_003");
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"JWT","kid":1})", claims(), secret)), "AUTH_003");
}

TEST(Token, brings_no_key_and_no_demands_of_its_own)
{
    for (const auto* member : {R"("crit":["exp"])", R"("jku":"http://evil/keys")", R"("jwk":{"kty":"oct","k":"AA"})",
                               R"("x5u":"http://evil")", R"("zip":"DEF")", R"("b64":false)"}) {
        EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"JWT","kid":"2026-11",)" + std::string(member) + "}", claims(),
                               secret)),
                  "AUTH_003")
            << member;
    }
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","typ":"at+jwt","kid":"2026-11"})", claims(), secret)), "AUTH_003");
    EXPECT_EQ(verdict(sign(R"({"alg":"HS256","kid":"2026-11"})", claims(), secret)), "AUTH_003");
}

TEST(Token, that_was_edited_is_refused)
{
    auto token = mint_token(settings, {alice, Role::user}, now);
    const auto first = token.find('.');
    const auto second = token.find('.', first + 1);
    const auto admin = base64url(R"({"iss":"jangteo","aud":"jangteo","sub":")" + alice.text() +
                                 R"(","role":"admin","exp":1800003600})");
    EXPECT_EQ(verdict(token.substr(0, first + 1) + admin + token.substr(second)), "AUTH_003");
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto edited = token;
        edited[i] = edited[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(verdict(edited), "AUTH_003") << i;
    }
    EXPECT_EQ(verdict(token.substr(0, second)), "AUTH_003");
    EXPECT_EQ(verdict(token.substr(0, second + 1)), "AUTH_003");
    EXPECT_EQ(verdict(token + ".x"), "AUTH_003");
    token.pop_back();
    EXPECT_EQ(verdict(token), "AUTH_003");
}

TEST(Token, has_one_spelling)
{
    const auto token = mint_token(settings, {alice, Role::user}, now);
    EXPECT_EQ(verdict(token + "="), "AUTH_003");
    EXPECT_EQ(verdict(token + "\n"), "AUTH_003");
    EXPECT_EQ(verdict(" " + token), "AUTH_003");
    // 32 bytes are 43 characters: the last one has two bits that say nothing.
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto last = alphabet.find(token.back());
    ASSERT_EQ(last % 4, 0U);
    for (std::size_t bits = 1; bits < 4; ++bits) {
        EXPECT_EQ(verdict(token.substr(0, token.size() - 1) + alphabet[last + bits]), "AUTH_003");
    }
}

TEST(Token, ends)
{
    const auto token = mint_token(settings, {alice, Role::user}, now);
    EXPECT_EQ(verdict(token, now + seconds(3'629)), "");
    EXPECT_EQ(verdict(token, now + seconds(3'630)), "AUTH_002") << "30 s after its time";
    TokenVerifier verifier(settings);
    verifier.verify("Bearer " + token, now);
    EXPECT_THROW(verifier.verify("Bearer " + token, now + seconds(3'630)), Problem) << "from memory as well";
    EXPECT_EQ(verdict(sign(header, R"({"iss":"jangteo","aud":"jangteo","sub":")" + alice.text() + R"(","role":"user"})",
                           secret)),
              "AUTH_003")
        << "a token without an end";
    for (const auto* end : {"\"1800003600\"", "1.8e9", "-1", "99999999999999", "null"}) {
        EXPECT_EQ(verdict(sign(header,
                               R"({"iss":"jangteo","aud":"jangteo","sub":")" + alice.text() +
                                   R"(","role":"user","exp":)" + end + "}",
                               secret)),
                  "AUTH_003")
            << end;
    }
}

TEST(Token, begins)
{
    EXPECT_EQ(verdict(sign(header, claims(R"(,"nbf":1800000030)"), secret)), "") << "within the leeway";
    EXPECT_EQ(verdict(sign(header, claims(R"(,"nbf":1800000031)"), secret)), "AUTH_003");
}

TEST(Token, is_from_us_and_for_us)
{
    const auto with = [](std::string_view issuer, std::string_view audience) {
        return verdict(sign(header,
                            R"({"iss":)" + std::string(issuer) + R"(,"aud":)" + std::string(audience) + R"(,"sub":")" +
                                alice.text() + R"(","role":"user","exp":1800003600})",
                            secret));
    };
    EXPECT_EQ(with(R"("jangteo")", R"(["other","jangteo"])"), "");
    EXPECT_EQ(with(R"("somebody")", R"("jangteo")"), "AUTH_003");
    EXPECT_EQ(with(R"("jangteo")", R"("other")"), "AUTH_003");
    EXPECT_EQ(with(R"("jangteo")", R"(["other"])"), "AUTH_003");
    EXPECT_EQ(with(R"("jangteo")", "7"), "AUTH_003");
    EXPECT_EQ(with("7", R"("jangteo")"), "AUTH_003");
}

TEST(Token, speaks_for_one_user_in_one_role)
{
    const auto with = [](const std::string& who) {
        return verdict(sign(header, R"({"iss":"jangteo","aud":"jangteo","exp":1800003600,)" + who + "}", secret));
    };
    const auto subject = R"("sub":")" + alice.text() + '"';
    EXPECT_EQ(with(subject + R"(,"role":"user","userId":")" + alice.text() + '"'), "");
    EXPECT_EQ(with(subject), "AUTH_003");
    EXPECT_EQ(with(subject + R"(,"role":"root")"), "AUTH_003");
    EXPECT_EQ(with(subject + R"(,"role":"user","role":"admin")"), "AUTH_003") << "one member twice";
    EXPECT_EQ(with(R"("sub":"alice","role":"user")"), "AUTH_003");
    EXPECT_EQ(with(R"("sub":"00000000-0000-0000-0000-000000000000","role":"user")"), "AUTH_003");
    EXPECT_EQ(with(subject + R"(,"role":"user","userId":"00000000-0000-0000-0000-000000000001")"), "AUTH_003");
}

TEST(Token, says_of_which_login_it_came)
{
    const events::SessionId session{events::uuid_v5(events::url_namespace, "phone")};
    TokenVerifier verifier(settings);
    const auto caller_of = [&](const Caller& caller) {
        return verifier.verify("Bearer " + mint_token(settings, caller, now), now);
    };
    EXPECT_EQ(caller_of({alice, Role::user, session}).session_id, session);
    EXPECT_TRUE(caller_of({alice, Role::user}).session_id.nil());
    EXPECT_EQ(verdict(sign(header, claims(R"(,"sid":"phone")"), secret)), "AUTH_003");
}

TEST(Token, of_a_loader_says_so)
{
    TokenVerifier verifier(settings);
    const auto minted = mint_token(settings, {.user_id = alice, .role = Role::user, .service = true}, now);
    EXPECT_TRUE(verifier.verify("Bearer " + minted, now).service);
    const auto other = sign(header, claims(R"(,"service":"true")"), secret);
    EXPECT_FALSE(verifier.verify("Bearer " + other, now).service) << "true and nothing like it";
}

TEST(Token, has_a_bounded_size)
{
    EXPECT_EQ(verdict(std::string(5'000, 'a')), "AUTH_003");
    EXPECT_EQ(verdict(sign(header, claims(R"(,"x":")" + std::string(4'000, 'x') + '"'), secret)), "AUTH_003");
    EXPECT_EQ(verdict(sign(header, claims(R"(,"x":)" + std::string(500, '[') + std::string(500, ']')), secret)),
              "AUTH_003");
}

TEST(TokenKeys, are_checked_at_the_start)
{
    EXPECT_NO_THROW(check(settings));
    EXPECT_THROW(check({}), std::invalid_argument);
    EXPECT_THROW(check({.keys = {{"", secret}}}), std::invalid_argument);
    EXPECT_THROW(check({.keys = {{"a", "short"}}}), std::invalid_argument);
    EXPECT_THROW(check({.keys = {{"a", secret}, {"a", second_secret}}}), std::invalid_argument);
}

}  // namespace
}  // namespace jangteo::edge
