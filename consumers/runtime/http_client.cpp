#include "consumers/runtime/http_client.hpp"

#include <curl/curl.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <new>
#include <string_view>

namespace jangteo::consumers {

namespace {

using namespace std::chrono_literals;

// Servers close what is idle for a minute or more, most of them; a kept connection should be gone before that.
constexpr long longest_idle_s = 30;

void start_library()
{
    // Once a process. Never undone: whoever else uses libcurl here counts on it.
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(started));
}

struct CloseHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeLines {
    void operator()(curl_slist* lines) const { curl_slist_free_all(lines); }
};
using Lines = std::unique_ptr<curl_slist, FreeLines>;

void append(Lines& lines, const std::string& line)
{
    curl_slist* longer = curl_slist_append(lines.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(lines.release());
    lines.reset(longer);
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value)
{
    const auto result = curl_easy_setopt(handle, option, value);
    if (result != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(result));
}

bool is_token(std::string_view text)
{
    constexpr std::string_view allowed =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool has_control_characters(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

/// libcurl takes what it is given: a line end in a value would be another header, a NUL the end of the text.
void check(const HttpRequest& request)
{
    if (!is_token(request.method)) throw std::invalid_argument("not a method of HTTP");
    if (!request.url.starts_with("https://") && !request.url.starts_with("http://")) {
        throw std::invalid_argument("a URL has to begin with https:// or http://");
    }
    if (has_control_characters(request.url)) throw std::invalid_argument("a URL with control characters");
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) throw std::invalid_argument("not a name of a header");
        if (has_control_characters(value)) throw std::invalid_argument("header " + name + " has control characters");
    }
}

Lines lines_of(const HttpRequest& request)
{
    Lines lines;
    // Empty: libcurl leaves out what it would add. An `Expect` costs a round trip, or a second where it is not known.
    append(lines, "Expect:");
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
        has_type = has_type || curl_strequal(name.c_str(), "Content-Type") != 0;
        append(lines, value.empty() ? name + ';' : name + ": " + value);
    }
    if (!has_type) append(lines, "Content-Type:");
    return lines;
}

/// `https://host:port`: paths, queries and user names may hold what belongs in no log.
std::string server_of(std::string_view url)
{
    const auto begin = url.find("://") + 3;
    const auto host = url.substr(begin, std::min(url.find_first_of("/?#", begin), url.size()) - begin);
    const auto user = host.rfind('@');
    return std::string(url.substr(0, begin)).append(user == std::string_view::npos ? host : host.substr(user + 1));
}

struct Transfer {
    std::string body{};
    bool sent = false;       ///< Connected, and from then on the request may be on its way.
    bool broke = false;      ///< A kept connection was of no use any more, and libcurl wanted to send once more.
    bool too_large = false;  ///< The answer.
    std::array<char, CURL_ERROR_SIZE> trouble{};
};

// libcurl (7.88, Curl_retry_request) sends a request a second time, on a fresh connection, when a kept one ends before
// the first byte of an answer; and it does so for every method. For all it knows the server has read the first one and
// was killed over it: a payment would be made twice. No option turns that off but a fresh connection for each call. It
// does ask before each sending, though, once there is a connection. So the second time it hears no, and the first time
// marks the line between `NotSent` and `NoAnswer`.
int before_sending(void* context, char*, char*, int, int)
{
    auto& transfer = *static_cast<Transfer*>(context);
    if (transfer.sent) {
        transfer.broke = true;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer.sent = true;
    return CURL_PREREQFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* context)
{
    auto& transfer = *static_cast<Transfer*>(context);
    if (size > largest_response - transfer.body.size()) {
        transfer.too_large = true;
        return 0;
    }
    try {
        transfer.body.append(bytes, size);
    } catch (const std::bad_alloc&) {
        return 0;  // No exception may pass through libcurl.
    }
    return size;
}

std::string what_went_wrong(const Transfer& transfer, CURLcode result)
{
    if (transfer.broke) return "the kept connection ended before an answer";
    if (transfer.too_large) return "the answer is longer than " + std::to_string(largest_response) + " bytes";
    return transfer.trouble.front() != '\0' ? transfer.trouble.data() : curl_easy_strerror(result);
}

[[noreturn]] void raise(const HttpRequest& request, const Transfer& transfer, CURLcode result)
{
    const auto what = server_of(request.url) + ": " + what_went_wrong(transfer, result);
    if (transfer.sent) throw NoAnswer(what);
    if (result == CURLE_URL_MALFORMAT) throw std::invalid_argument(what);
    if (result == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
    throw NotSent(what);
}

}  // namespace

struct HttpClient::Impl {
    std::unique_ptr<CURL, CloseHandle> handle;

    void use(const HttpRequest& request, const curl_slist* lines) const
    {
        set(handle.get(), CURLOPT_URL, request.url.c_str());
        set(handle.get(), CURLOPT_HTTPHEADER, lines);
        if (request.method == "HEAD") {
            set(handle.get(), CURLOPT_NOBODY, 1L);
            return;
        }
        if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
            set(handle.get(), CURLOPT_POST, 1L);
            set(handle.get(), CURLOPT_POSTFIELDS, request.body.c_str());
            set(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        }
        set(handle.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }

    void use(Transfer& transfer) const
    {
        set(handle.get(), CURLOPT_ERRORBUFFER, transfer.trouble.data());
        set(handle.get(), CURLOPT_PREREQFUNCTION, before_sending);
        set(handle.get(), CURLOPT_PREREQDATA, &transfer);
        set(handle.get(), CURLOPT_WRITEFUNCTION, take_body);
        set(handle.get(), CURLOPT_WRITEDATA, &transfer);
    }

    void use(const TimeLimits& limits) const
    {
        assert(limits.connect > 0ms && limits.total > 0ms);  // To libcurl, 0 is minutes or for ever.
        set(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
        set(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
        // Names are resolved by a thread of libcurl's. Without this, a call whose time is up waits for it all the same,
        // for as long as the C library waits for name servers.
        set(handle.get(), CURLOPT_QUICK_EXIT, 1L);
    }

    void use(Connection connection) const
    {
        // One request at a time has no use for HTTP/2, which brings reasons of its own to send again (REFUSED_STREAM).
        set(handle.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(handle.get(), CURLOPT_MAXAGE_CONN, longest_idle_s);
        set(handle.get(), CURLOPT_FRESH_CONNECT, connection == Connection::fresh ? 1L : 0L);
        set(handle.get(), CURLOPT_FORBID_REUSE, connection == Connection::fresh ? 1L : 0L);
    }

    void keep_to_the_rules() const
    {
        set(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
        set(handle.get(), CURLOPT_FOLLOWLOCATION, 0L);
        set(handle.get(), CURLOPT_SSL_VERIFYPEER, 1L);
        set(handle.get(), CURLOPT_SSL_VERIFYHOST, 2L);
        set(handle.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(handle.get(), CURLOPT_PROXY, "");  // Otherwise that of the environment.
        set(handle.get(), CURLOPT_NOSIGNAL, 1L);
    }

    [[nodiscard]] HttpResponse response_of(Transfer& transfer) const
    {
        long status = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
        curl_off_t wait_s = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &wait_s);
        HttpResponse response{.status = static_cast<int>(status), .body = std::move(transfer.body)};
        if (wait_s > 0) response.retry_after = std::min(std::chrono::seconds(wait_s), latest_retry_after);
        return response;
    }
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>())
{
    start_library();
    impl_->handle.reset(curl_easy_init());
    if (!impl_->handle) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::call(const HttpRequest& request, const TimeLimits& limits, Connection connection)
{
    check(request);
    const Lines lines = lines_of(request);
    Transfer transfer;
    CURL* handle = impl_->handle.get();
    curl_easy_reset(handle);  // Keeps connections, and forgets pointers into the last call.
    impl_->keep_to_the_rules();
    impl_->use(request, lines.get());
    impl_->use(limits);
    impl_->use(connection);
    impl_->use(transfer);
    const auto result = curl_easy_perform(handle);
    // When it is cleaned up, the handle would still write into what is gone by then.
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    if (result != CURLE_OK) raise(request, transfer, result);
    return impl_->response_of(transfer);
}

}  // namespace jangteo::consumers
