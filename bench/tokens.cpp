#include "bench/tokens.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::seconds renewed_before_end{600};

/// The edge's own reading of its setting (main/edge.cpp): a colon within this many characters ends the key's name.
constexpr std::size_t longest_key_id = 32;
constexpr const char* usual_key_id = "local";

edge::SigningKey key_of(const std::string& text)
{
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon > longest_key_id) return {usual_key_id, text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Tokens Tokens::signed_with(const std::string& secret)
{
    Tokens tokens;
    tokens.settings_.keys.push_back(key_of(secret.substr(0, secret.find(','))));
    edge::check(tokens.settings_);
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
    auto& token = given_[role][user];
    const auto now = system_clock::now();
    if (token.text.empty() || now >= token.renew_at) {
        token.text = command_.empty()
                         ? edge::mint_token(settings_, {.user_id = user, .role = role, .service = true}, now)
                         : ask(user, role);
        token.renew_at = now + settings_.lifetime - renewed_before_end;
    }
    return token.text;
}

std::string Tokens::ask(const events::UserId& user, Role role) const
{
    const auto line =
        command_ + " --user " + user.text() + (role == Role::user ? "" : " --role " + std::string(to_text(role)));
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
