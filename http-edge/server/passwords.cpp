#include "http-edge/server/passwords.hpp"

#include "http-edge/server/signing.hpp"

#include <crypt.h>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr unsigned long cost = 10;

/// Empty when libxcrypt cannot make a hash with that setting.
std::string crypted(const std::string& password, const char* setting)
{
    // It is 32 KiB, which a thread's stack need not have.
    const auto data = std::make_unique<crypt_data>();
    std::memset(data.get(), 0, sizeof *data);
    const char* hash = ::crypt_rn(password.c_str(), setting, data.get(), sizeof *data);
    return hash == nullptr ? std::string() : std::string(hash);
}

}  // namespace

std::string hash_of_password(const std::string& password)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    // Without bytes of ours it takes the system's.
    if (::crypt_gensalt_rn("$2b$", cost, nullptr, 0, setting, sizeof setting) == nullptr) {
        throw std::runtime_error("libxcrypt makes no salt for bcrypt");
    }
    auto hash = crypted(password, setting);
    if (hash.empty()) throw std::runtime_error("libxcrypt cannot compute bcrypt");
    return hash;
}

bool is_password(const std::string& password, const std::string& hash)
{
    const auto again = crypted(password, hash.c_str());
    return !again.empty() && same_secret(again, hash);
}

Passwords::Passwords(boost::asio::io_context& io, std::size_t threads, std::size_t longest_queue)
    : nobodys_hash_(hash_of_password("nobody's")), workers_(io, threads, longest_queue)
{}

Awaitable<std::string> Passwords::hash(std::string password)
{
    auto work = [this, &password](std::size_t) {
        ++computed_;
        return hash_of_password(password);
    };
    auto hash = co_await workers_.run(work);
    co_return hash;
}

Awaitable<bool> Passwords::verify(std::string password, std::string hash)
{
    const bool of_somebody = !hash.empty();
    if (!of_somebody) hash = nobodys_hash_;
    auto work = [this, &password, &hash](std::size_t) {
        ++computed_;
        return is_password(password, hash);
    };
    const bool right = co_await workers_.run(work);
    co_return right&& of_somebody;
}

}  // namespace jangteo::edge
