#include "bench/tokens.hpp"

#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::seconds lifetime{3'600};
constexpr std::chrono::seconds renewed_before_end{600};

std::string base64url(const unsigned char* data, std::size_t size)
{
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data, static_cast<int>(size));
    text.resize(static_cast<std::size_t>(written));
    while (!text.empty() && text.back() == '=') text.pop_back();
    for (char& letter : text) {
        if (letter == '+') letter = '-';
        if (letter == '/') letter = '_';
    }
    return text;
}

std::string base64url(const std::string& text)
{
    return base64url(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

std::string hmac_sha256(const std::string& secret, const std::string& text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size) == nullptr) {
        throw std::runtime_error("OpenSSL cannot sign a token");
    }
    return base64url(digest.data(), size);
}

const char* name_of(Role role)
{
    return role == Role::admin ? "admin" : "user";
}

}  // namespace

Tokens Tokens::signed_with(std::string secret)
{
    Tokens tokens;
    tokens.secret_ = std::move(secret);
    return tokens;
}

Tokens Tokens::printed_by(std::string command)
{
    Tokens tokens;
    tokens.command_ = std::move(command);
    return tokens;
}

const std::string& Tokens::token_of(const events::UserId& user, Role role)
{
    auto& token = (role == Role::admin ? admins_ : users_)[user];
    const auto now = system_clock::now();
    if (token.text.empty() || now >= token.renew_at) {
        token.text = command_.empty() ? mint(user, role) : ask(user, role);
        token.renew_at = now + lifetime - renewed_before_end;
    }
    return token.text;
}

std::string Tokens::mint(const events::UserId& user, Role role) const
{
    const auto issued = std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch());
    const auto header = R"({"alg":"HS256","typ":"JWT","kid":"local"})";
    const auto claims = fmt::format(
        R"({{"iss":"jangteo","aud":"jangteo","sub":"{0}","userId":"{0}","role":"{1}","iat":{2},"exp":{3}}})",
        user.text(), name_of(role), issued.count(), (issued + lifetime).count());
    const auto signed_part = base64url(std::string(header)) + "." + base64url(claims);
    return signed_part + "." + hmac_sha256(secret_, signed_part);
}

std::string Tokens::ask(const events::UserId& user, Role role) const
{
    const auto line = command_ + " --user " + user.text() + (role == Role::admin ? " --role admin" : "");
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(line.c_str(), "r"), pclose);
    if (!pipe) throw std::runtime_error("cannot run `" + line + "`");
    std::string printed;
    std::array<char, 4096> part{};
    while (fgets(part.data(), part.size(), pipe.get()) != nullptr) printed += part.data();
    while (!printed.empty() && (printed.back() == '\n' || printed.back() == '\r')) printed.pop_back();
    if (printed.empty() || printed.find_first_of(" \n") != std::string::npos) {
        throw std::runtime_error("`" + line + "` did not print a token");
    }
    return printed;
}

events::UserId journey_admin()
{
    return {events::uuid_v5(events::url_namespace, "journey:admin")};
}

}  // namespace jangteo::bench
