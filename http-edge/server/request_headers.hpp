// What a caller may say in headers, read strictly: what is malformed is refused where it matters (Idempotency-Key) and
// replaced where it only helps to follow a request (X-Correlation-Id, traceparent).
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/http.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace jangteo::edge {

/// How one request is followed through logs and the log of events (SH-LOG-01).
struct Trace {
    events::Uuid correlation_id{};
    std::string traceparent;  ///< W3C trace context, version 00.
};

/// Takes what the caller sent if it is well formed, and draws the rest. Without a `traceparent` the trace id is the
/// correlation id, so that either finds the other.
Trace trace_of(std::string_view correlation_id, std::string_view traceparent);
bool is_traceparent(std::string_view text);

/// Ids need to be unique here, not unguessable; entropy from the operating system seeds them.
events::Uuid quick_uuid();

/// `Prefer: wait=N` in seconds (RFC 7240), at most `longest`; `respond-async` is `wait=0`. `usual` without either.
std::chrono::milliseconds wait_of(std::string_view prefer, std::chrono::milliseconds usual,
                                  std::chrono::milliseconds longest);

/// Empty when there is none. Throws Problem COMMON_400 for more than 255 characters, anything but printable ASCII, or
/// several headers.
std::string_view idempotency_key_of(const Request& request);

/// The command id of a request with a key: the same caller, method, path and key are the same command, in every edge and
/// for ever (design §2.6).
events::Uuid command_id_of(const events::UserId& caller, Method method, std::string_view path, std::string_view key);

/// First 8 bytes of SHA-256 over method, path and canonical body; never 0, which means "not known".
std::uint64_t fingerprint_of(Method method, std::string_view path, std::string_view canonical_body);

}  // namespace jangteo::edge
