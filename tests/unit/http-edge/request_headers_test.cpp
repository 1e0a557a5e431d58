#include "http-edge/server/request_headers.hpp"
#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>
#include <set>

namespace jangteo::edge {
namespace {

using namespace std::chrono_literals;

const events::UserId alice{events::uuid_v5(events::url_namespace, "alice")};
const events::UserId bob{events::uuid_v5(events::url_namespace, "bob")};

TEST(Prefer, says_how_long_to_wait)
{
    const auto wait = [](std::string_view prefer) { return wait_of(prefer, 5s, 30s); };
    EXPECT_EQ(wait(""), 5s);
    EXPECT_EQ(wait("wait=2"), 2s);
    EXPECT_EQ(wait("respond-async, wait=2"), 0s);
    EXPECT_EQ(wait("return=minimal, wait=7; foo"), 7s);
    EXPECT_EQ(wait("wait=0"), 0s);
    EXPECT_EQ(wait("wait=31"), 30s);
    EXPECT_EQ(wait("wait=4294967296"), 30s);
    EXPECT_EQ(wait("wait=-1"), 5s);
    EXPECT_EQ(wait("wait=2s"), 5s);
    EXPECT_EQ(wait("wait="), 5s);
}

std::string_view key_of(std::string_view key, std::size_t count = 1)
{
    Request request;
    request.idempotency_key = key;
    request.idempotency_keys = count;
    return idempotency_key_of(request);
}

TEST(IdempotencyKey, is_printable_and_not_too_long)
{
    EXPECT_EQ(key_of("", 0), "");
    EXPECT_EQ(key_of("journey:basket:31198570044"), "journey:basket:31198570044");
    EXPECT_EQ(key_of(std::string(255, 'a')).size(), 255U);
    EXPECT_THROW(key_of(std::string(256, 'a')), Problem);
    EXPECT_THROW(key_of(""), Problem);
    EXPECT_THROW(key_of("a\tb"), Problem);
    EXPECT_THROW(key_of("한"), Problem);
    EXPECT_THROW(key_of("a", 2), Problem);
}

TEST(IdempotencyKey, belongs_to_caller_method_and_path)
{
    const auto id = [](const events::UserId& user, Method method, std::string_view path, std::string_view key) {
        return command_id_of(user, method, path, key);
    };
    const auto first = id(alice, Method::post, "/api/v1/orders", "k");
    EXPECT_EQ(first, id(alice, Method::post, "/api/v1/orders", "k"));
    const std::set<events::Uuid> ids{
        first, id(bob, Method::post, "/api/v1/orders", "k"), id(alice, Method::put, "/api/v1/orders", "k"),
        id(alice, Method::post, "/api/v1/order", "s|k"), id(alice, Method::post, "/api/v1/orders", "l")};
    EXPECT_EQ(ids.size(), 5U);
    // The way from key to id is for ever: a stored outcome is found by it.
    EXPECT_EQ(events::to_string(command_id_of(events::UserId{events::url_namespace}, Method::post, "/p", "k")),
              events::to_string(events::uuid_v5(events::uuid_v5(events::url_namespace, "jangteo:command"),
                                                "6ba7b811-9dad-11d1-80b4-00c04fd430c8|POST|/p|k")));
}

TEST(Fingerprint, tells_bodies_apart)
{
    const auto first = fingerprint_of(Method::post, "/p", "{}");
    EXPECT_EQ(first, fingerprint_of(Method::post, "/p", "{}"));
    EXPECT_NE(first, 0U);
    EXPECT_NE(first, fingerprint_of(Method::post, "/p", "{} "));
    EXPECT_NE(first, fingerprint_of(Method::put, "/p", "{}"));
    EXPECT_NE(first, fingerprint_of(Method::post, "/q", "{}"));
    EXPECT_LE(first, 0x7FFF'FFFF'FFFF'FFFFULL) << "it is kept in a signed column";
    // printf 'POST /p\n{}' | sha256sum
    EXPECT_EQ(first, 0xbc59'98ad'c5d4'cf80ULL & 0x7FFF'FFFF'FFFF'FFFFULL);
}

TEST(Trace, keeps_what_is_well_formed_and_draws_the_rest)
{
    const std::string id = "0b54ac2c-3ddf-4f8e-9d6c-0242ac120002";
    const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    EXPECT_EQ(events::to_string(trace_of(id, parent).correlation_id), id);
    EXPECT_EQ(trace_of(id, parent).traceparent, parent);
    EXPECT_EQ(trace_of(id, "").traceparent.substr(0, 36), "00-0b54ac2c3ddf4f8e9d6c0242ac120002-");
    for (const auto* wrong : {"", "00-0-0-00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                              "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                              "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX: y"}) {
        EXPECT_FALSE(is_traceparent(wrong)) << wrong;
        EXPECT_TRUE(is_traceparent(trace_of("x", wrong).traceparent)) << wrong;
    }
    EXPECT_NE(trace_of("", "").correlation_id, trace_of("", "").correlation_id);
    EXPECT_FALSE(trace_of("00000000-0000-0000-0000-000000000000", "").correlation_id.is_nil());
}

}  // namespace
}  // namespace jangteo::edge
