#include "http-edge/server/server.hpp"

#include "events/schemas.hpp"
#include "http-edge/commands/commands.hpp"
#include "http-edge/routes.hpp"
#include "http-edge/server/command_client.hpp"
#include "http-edge/server/descriptions.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/http_server.hpp"
#include "http-edge/server/revocation_watch.hpp"
#include "http-edge/server/services.hpp"
#include "http-edge/server/usage_exchange.hpp"
#include "http-edge/streams/feed.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::chrono::milliseconds flush_timeout{5'000};
constexpr std::chrono::milliseconds drain_look{20};
constexpr std::chrono::minutes clocks_differ{5};

events::Timestamp system_now()
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Config completed(Config config)
{
    constexpr std::size_t shortest_email_key = 32;
    if (config.identity.email_key.size() < shortest_email_key) {
        throw std::invalid_argument("the key of e-mail addresses has less than 32 bytes");
    }
    if (config.instance.empty()) config.instance = events::to_string(events::random_uuid());
    return config;
}

/// As long as a token can be shown to us that was good when the session ended.
std::chrono::seconds remembered(const Config& config)
{
    return config.tokens.lifetime + config.tokens.leeway + clocks_differ;
}

postgres::Settings query_settings(const Config& config)
{
    return {.conninfo = config.postgres,
            .application_name = "jangteo-edge",
            .synchronous_commit = true,
            .statement_timeout = config.statement_timeout,
            .lock_timeout = config.statement_timeout};
}

}  // namespace

struct Server::Impl {
    Impl(Config given, Dependencies dependencies)
        : config(completed(std::move(given))),
          log(std::move(dependencies.log)),
          tokens(config.tokens),
          queries(io, query_settings(config), config.query_connections, config.longest_query_queue),
          positions(io, query_settings(config), log),
          callers(config.remembered_callers),
          stories(io, config.kafka),
          streams(io, {.kafka = config.kafka,
                       .partitions = config.partitions,
                       .secret = config.identity.email_key,
                       .most_listeners = config.limits.streams,
                       .most_catching_up = config.limits.streams_catching_up,
                       .ring = {.entries = config.limits.stream_ring}}),
          people(io, query_settings(config), personal::Masters(config.identity.personal_data_keys), log),
          passwords(io, config.identity.password_threads, config.identity.longest_password_queue),
          revocations(remembered(config)),
          revocation_watch({.io = io,
                            .kafka = config.kafka,
                            .postgres = query_settings(config),
                            .partitions = config.partitions,
                            .remembered = remembered(config),
                            .revocations = revocations,
                            .on_erased = [this](const events::UserId& user) { people.forget(user); }}),
          gate(config.rate_limits, config.identity.email_key, usage),
          usage_exchange(io, config.kafka, config.instance, usage),
          descriptions(routes(), description_files(), events::schema_files()),
          viewer(docs::read_viewer(config.docs_folder)),
          client(io, {.kafka = config.kafka, .instance = config.instance, .partitions = config.partitions}),
          desk(io, client, [this](events::Uuid command) { return commands::find_outcome(queries, command); },
               {.remembered = config.remembered_outcomes, .remembered_bytes = config.remembered_outcome_bytes}),
          services{.limits = config.limits,
                   .gateways = config.gateways,
                   .settlement_period = config.settlement_period,
                   .grades = config.grades,
                   .desk = desk,
                   .queries = queries,
                   .positions = positions,
                   .callers = callers,
                   .stories = stories,
                   .streams = streams,
                   .people = people,
                   .passwords = passwords,
                   .revocations = revocations,
                   .gate = gate,
                   .browsers = config.browsers,
                   .tokens = config.tokens,
                   .email_key = config.identity.email_key,
                   .show_codes = config.identity.show_codes,
                   .descriptions = descriptions,
                   .viewer = viewer,
                   .metrics = metrics,
                   .metrics_sources = metrics_sources,
                   .now = dependencies.now ? std::move(dependencies.now) : std::function(system_now),
                   .draining = [this] { return http.draining(); },
                   .roles = std::move(dependencies.roles),
                   .kafka_ready = [this] { return client.ready() && !client.overloaded(); },
                   .revocations_ready = [this] { return revocation_watch.ready(); }},
          http(io,
               {.address = config.address,
                .port = config.port,
                .share_port = config.share_port,
                .limits = config.limits},
               {.routes = routes(),
                .services = services,
                .tokens = tokens,
                .metrics = metrics,
                .log_error = [this](std::string_view text) { tell(text); },
                .commands_overloaded = [this] { return client.overloaded(); },
                .check_caller = [this](const Caller& caller) { check(caller); },
                .admit = [this](Exchange& x) { gate.admit(x); },
                .browsers = config.browsers,
                .proxies = config.rate_limits.proxies,
                .descriptions = &descriptions,
                .check_answers = config.check_answers})
    {
        metrics_sources.push_back([this](std::string& to) { streams.append_metrics(to); });
        http.open();
    }

    /// Threads that post to the io context end before it does.
    ~Impl()
    {
        client.stop();
        streams.stop();
        revocation_watch.stop();
        usage_exchange.stop();
        people.stop();
        passwords.stop();
        positions.stop();
        queries.stop();
        stories.stop();
    }

    /// Who has logged in may have logged out again; until that is known, nobody who has is let in.
    void check(const Caller& caller) const
    {
        if (!caller.session_id.nil() && !revocation_watch.ready()) {
            throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
        }
        revocations.check(caller);
    }

    void tell(std::string_view text) const
    {
        if (log) log(kafka::LogLevel::error, text);
    }

    static Awaitable<void> end(Impl& self)
    {
        self.http.drain();
        const auto deadline = std::chrono::steady_clock::now() + self.config.limits.drain_timeout;
        Timer timer(self.io.get_executor());
        while (!self.http.idle() && std::chrono::steady_clock::now() < deadline) {
            timer.expires_after(drain_look);
            co_await timer.async_wait(as_result);
        }
        self.http.close_all();
        self.client.flush(flush_timeout);
        self.io.stop();
    }

    const Config config;
    const kafka::Log log;
    boost::asio::io_context io{1};
    Metrics metrics;
    std::vector<MetricsSource> metrics_sources;
    TokenVerifier tokens;
    QueryPool queries;
    PositionWatch positions;
    CallerPositions callers;
    Stories stories;
    streams::Feed streams;
    People people;
    Passwords passwords;
    Revocations revocations;
    RevocationWatch revocation_watch;
    Usage usage;
    Gate gate;
    UsageExchange usage_exchange;
    Descriptions descriptions;
    docs::Viewer viewer;
    CommandClient client;
    CommandDesk desk;
    Services services;
    HttpServer http;
    std::atomic<bool> stopping = false;
};

Server::Server(Config config, Dependencies dependencies)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(dependencies)))
{}

Server::~Server() = default;

std::uint16_t Server::port() const
{
    return impl_->http.port();
}

void Server::add_metrics(std::function<void(std::string& to)> source)
{
    impl_->metrics_sources.push_back(std::move(source));
}

void Server::run()
{
    const auto guard = boost::asio::make_work_guard(impl_->io);
    impl_->io.run();
}

void Server::stop()
{
    if (impl_->stopping.exchange(true)) return impl_->io.stop();
    boost::asio::post(
        impl_->io, [impl = impl_.get()] { boost::asio::co_spawn(impl->io, Impl::end(*impl), boost::asio::detached); });
}

}  // namespace jangteo::edge
