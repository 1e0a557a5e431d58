#include "infra/postgres/session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <pqxx/pqxx>
#include <random>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
// libpqxx 6.4 drops a PGresult when a connection breaks in a statement (make_result throws before it owns it): some
// hundred bytes an outage, nothing that could be freed from here.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the name is the sanitizer's.
extern "C" const char* __lsan_default_suppressions()   // NOLINT
{
    return "leak:libpqxx-6.4.so\n";
}
#endif

namespace jangteo::postgres {

namespace {

constexpr int attempts_at_conflict = 6;  ///< The first and five more.
constexpr std::chrono::milliseconds first_pause{5};
constexpr std::chrono::milliseconds longest_pause{200};
constexpr std::size_t most_prepared = 512;
constexpr std::size_t copy_chunk = 65'536;

constexpr std::string_view nul_in_text = "a text with a NUL character: PostgreSQL cannot hold it";

/// The server rolled back for a conflict with another transaction.
class Conflict : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// The connection is of no use any more.
class Broken : public Unavailable {
public:
    using Unavailable::Unavailable;
};

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

bool is_trouble_outside(std::string_view sqlstate)
{
    // Insufficient resources; operator intervention (57014 is a statement that ran out of time); a lock not to be had;
    // system errors.
    const auto kind = sqlstate.substr(0, 2);
    return kind == "53" || kind == "57" || kind == "58" || sqlstate == "55P03";
}

bool ends_the_connection(std::string_view sqlstate)
{
    return sqlstate.substr(0, 2) == "08" || sqlstate.substr(0, 4) == "57P0";
}

/// Turns what libpqxx threw into what this folder throws. Called in a catch block; `open`: is the connection still?
[[noreturn]] void translate(const std::function<bool()>& open)
{
    try {
        throw;
    } catch (const pqxx::in_doubt_error& error) {
        throw Broken(first_line(error.what()), true);
    } catch (const pqxx::broken_connection& error) {
        throw Broken(first_line(error.what()));
    } catch (const pqxx::transaction_rollback& error) {
        throw Conflict(first_line(error.what()));
    } catch (const pqxx::sql_error& error) {
        const std::string what = first_line(error.what());
        if (ends_the_connection(error.sqlstate()) || !open()) throw Broken(what);
        if (is_trouble_outside(error.sqlstate())) throw Unavailable(what + " (" + error.sqlstate() + ")");
        throw StatementError(what, error.sqlstate());
    } catch (const pqxx::failure& error) {
        if (!open()) throw Broken(first_line(error.what()));
        throw Unavailable(first_line(error.what()));
    }
}

/// A value of a connection string.
std::string quoted(std::string_view value)
{
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return text + "'";
}

std::string conninfo_of(const Settings& settings)
{
    // Everything that is set stands in the connection string, so that no connection is ever without it.
    const std::string options =
        "-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c idle_in_transaction_session_timeout=60000"
        " -c statement_timeout=" +
        std::to_string(settings.statement_timeout.count()) +
        " -c lock_timeout=" + std::to_string(settings.lock_timeout.count()) +
        " -c synchronous_commit=" + (settings.synchronous_commit ? "on" : "off");
    return settings.conninfo + " application_name=" + quoted(settings.application_name) +
           " client_encoding=UTF8 connect_timeout=5 keepalives_idle=10 tcp_user_timeout=15000 options=" +
           quoted(options);
}

struct Connection {
    explicit Connection(const std::string& conninfo) : server(conninfo)
    {
        // 6.4 would connect anew by itself, without a word.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        server.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    }

    /// The name under which a statement is prepared; empty when there are too many.
    std::string prepared(std::string_view sql)
    {
        if (const auto found = names.find(sql); found != names.end()) return found->second;
        if (names.size() >= most_prepared) return {};
        std::string name = "s" + std::to_string(names.size());
        server.prepare(name, std::string(sql));
        names.emplace(sql, name);
        return name;
    }

    pqxx::connection server;
    pqxx::quiet_errorhandler quiet{server};
    std::map<std::string, std::string, std::less<>> names;
    bool used = false;  ///< It has answered a statement before, so a break may have come while it was idle.
};

std::vector<const char*> texts_of(const std::vector<Parameter>& parameters)
{
    std::vector<const char*> texts;
    texts.reserve(parameters.size());
    for (const auto& parameter : parameters) {
        const auto& text = parameter.text();
        if (text && text->find('\0') != std::string::npos) throw StatementError(std::string(nul_in_text), "22021");
        texts.push_back(text ? text->c_str() : nullptr);
    }
    return texts;
}

pqxx::result run_on(Connection& connection, pqxx::transaction_base& transaction, std::string_view sql,
                    const std::vector<Parameter>& parameters)
{
    const auto texts = texts_of(parameters);
    try {
        const auto values = pqxx::prepare::make_dynamic_params(texts);
        const auto name = connection.prepared(sql);
        return name.empty() ? transaction.exec_params(std::string(sql), values)
                            : transaction.exec_prepared(name, values);
    } catch (const pqxx::pqxx_exception&) {
        translate([&] { return connection.server.is_open(); });
    }
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::chrono::microseconds pause_before(int attempt)
{
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::chrono::microseconds most = std::min(longest_pause, first_pause * (1 << attempt));
    return std::chrono::microseconds{
        std::uniform_int_distribution<std::int64_t>{most.count() / 4, most.count()}(random)};
}

/// Lines of a COPY, escaped already.
struct CopyLines {
    const std::string* text;
};

}  // namespace
}  // namespace jangteo::postgres

// stream_to escapes a field at a time through several strings; these lines pass as they are, many in one piece.
template <>
inline std::string pqxx::internal::TypedCopyEscaper::operator()<jangteo::postgres::CopyLines>(
    const jangteo::postgres::CopyLines* lines) const
{
    return *lines->text;
}

namespace jangteo::postgres {

Parameter bytes(std::string_view value)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "\\x";
    text.reserve(2 + 2 * value.size());
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 0xf]);
    }
    return text;
}

// ---- Rows

struct Rows::Impl {
    pqxx::result result;

    [[noreturn]] void refuse(std::size_t row, std::size_t column, std::string_view wanted) const
    {
        const auto field = at(row, column);
        throw StatementError(std::string(field.name()) + " is not " + std::string(wanted) + ": " +
                                 (field.is_null() ? "NULL" : field.c_str()),
                             "22000");
    }
    [[nodiscard]] pqxx::field at(std::size_t row, std::size_t column) const
    {
        return result[static_cast<pqxx::result::size_type>(row)][static_cast<pqxx::row::size_type>(column)];
    }
    [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const
    {
        const auto field = at(row, column);
        return {field.c_str(), field.size()};
    }
};

std::size_t Rows::size() const
{
    return static_cast<std::size_t>(impl_->result.size());
}

std::size_t Rows::affected() const
{
    return static_cast<std::size_t>(impl_->result.affected_rows());
}

bool Rows::null(std::size_t row, std::size_t column) const
{
    return impl_->at(row, column).is_null();
}

std::string_view Rows::text(std::size_t row, std::size_t column) const
{
    return impl_->text(row, column);
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const
{
    const auto text = impl_->text(row, column);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) impl_->refuse(row, column, "an integer");
    return value;
}

bool Rows::boolean(std::size_t row, std::size_t column) const
{
    const auto text = impl_->text(row, column);
    if (text != "t" && text != "f") impl_->refuse(row, column, "a boolean");
    return text == "t";
}

events::Uuid Rows::uuid(std::size_t row, std::size_t column) const
{
    const auto id = events::parse_uuid(impl_->text(row, column));
    if (!id) impl_->refuse(row, column, "a uuid");
    return *id;
}

events::Timestamp Rows::timestamp(std::size_t row, std::size_t column) const
{
    // `2026-01-18 14:30:00.123456+00`: the connection's time zone is UTC.
    std::string text(impl_->text(row, column));
    if (text.size() < 3 || !text.ends_with("+00")) impl_->refuse(row, column, "a timestamp with time zone");
    text.replace(text.size() - 3, 3, "Z");
    std::replace(text.begin(), text.end(), ' ', 'T');
    const auto time = events::parse_iso8601(text);
    if (!time) impl_->refuse(row, column, "a timestamp with time zone");
    return *time;
}

std::string Rows::bytes(std::size_t row, std::size_t column) const
{
    auto text = impl_->text(row, column);
    if (!text.starts_with("\\x") || text.size() % 2 != 0) impl_->refuse(row, column, "bytea");
    text.remove_prefix(2);
    std::string value;
    value.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        value.push_back(static_cast<char>(hex_digit(text[i]) << 4 | hex_digit(text[i + 1])));
    }
    return value;
}

// ---- Transaction

struct Transaction::Impl {
    Connection& connection;
    pqxx::work& work;
};

Rows Transaction::run(std::string_view sql, const std::vector<Parameter>& parameters)
{
    return Rows(std::make_shared<const Rows::Impl>(Rows::Impl{run_on(impl_.connection, impl_.work, sql, parameters)}));
}

Rows Transaction::run_binary(std::string_view sql, const std::vector<std::string>& parameters)
{
    const std::vector<pqxx::binarystring> values(parameters.begin(), parameters.end());
    try {
        const auto dynamic = pqxx::prepare::make_dynamic_params(values);
        const auto name = impl_.connection.prepared(sql);
        return Rows(std::make_shared<const Rows::Impl>(
            Rows::Impl{name.empty() ? impl_.work.exec_params(std::string(sql), dynamic)
                                    : impl_.work.exec_prepared(name, dynamic)}));
    } catch (const pqxx::pqxx_exception&) {
        translate([&] { return impl_.connection.server.is_open(); });
    }
}

void Transaction::execute(std::string_view sql)
{
    try {
        impl_.work.exec(std::string(sql));
    } catch (const pqxx::pqxx_exception&) {
        translate([&] { return impl_.connection.server.is_open(); });
    }
}

// ---- Copy

struct Copy::Impl {
    Impl(Connection& over, pqxx::work& work, const std::string& table, const std::vector<std::string>& columns)
        : connection(over), stream(work, table, columns)
    {
        lines.reserve(copy_chunk + copy_chunk / 4);
    }

    void separate()
    {
        if (in_row) lines.push_back('\t');
        in_row = true;
    }

    void send()
    {
        if (lines.empty()) return;
        lines.pop_back();  // stream_to ends what it sends with a line's end.
        try {
            stream << std::array<CopyLines, 1>{CopyLines{&lines}};
        } catch (const pqxx::pqxx_exception&) {
            translate([&] { return connection.server.is_open(); });
        }
        lines.clear();
    }

    Connection& connection;
    pqxx::stream_to stream;
    std::string lines;
    bool in_row = false;
};

Copy::Copy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Copy::Copy(Copy&&) noexcept = default;
Copy& Copy::operator=(Copy&&) noexcept = default;
Copy::~Copy() = default;

Copy Transaction::copy(std::string_view table, const std::vector<std::string>& columns)
{
    try {
        return Copy(std::make_unique<Copy::Impl>(impl_.connection, impl_.work, std::string(table), columns));
    } catch (const pqxx::pqxx_exception&) {
        translate([&] { return impl_.connection.server.is_open(); });
    }
}

void Copy::field(std::string_view text)
{
    static constexpr std::string_view special{"\\\t\n\r\0", 5};
    impl_->separate();
    while (true) {
        const auto at = text.find_first_of(special);
        impl_->lines.append(text.substr(0, at));
        if (at == std::string_view::npos) return;
        switch (text[at]) {
            case '\t': impl_->lines.append("\\t"); break;
            case '\n': impl_->lines.append("\\n"); break;
            case '\r': impl_->lines.append("\\r"); break;
            case '\\': impl_->lines.append("\\\\"); break;
            default: throw StatementError(std::string(nul_in_text), "22021");
        }
        text.remove_prefix(at + 1);
    }
}

void Copy::field(std::int64_t value)
{
    impl_->separate();
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    impl_->lines.append(digits.data(), end);
}

void Copy::null()
{
    impl_->separate();
    impl_->lines.append("\\N");
}

void Copy::end_row()
{
    impl_->lines.push_back('\n');
    impl_->in_row = false;
    if (impl_->lines.size() >= copy_chunk) impl_->send();
}

void Copy::lines(std::string_view encoded)
{
    impl_->lines.append(encoded);
    if (impl_->lines.size() >= copy_chunk) impl_->send();
}

void Copy::finish()
{
    impl_->send();
    try {
        impl_->stream.complete();
    } catch (const pqxx::pqxx_exception&) {
        translate([&] { return impl_->connection.server.is_open(); });
    }
}

// ---- Session

struct Session::Impl {
    explicit Impl(Settings given) : settings(std::move(given)) {}

    Connection& connect()
    {
        if (connection) return *connection;
        try {
            connection = std::make_unique<Connection>(conninfo_of(settings));
        } catch (const pqxx::pqxx_exception& error) {
            throw Unavailable("no connection to PostgreSQL: " + first_line(error.base().what()));
        }
        return *connection;
    }

    /// Runs `call` on a connection, and once more on a new one when an idle one turned out to be broken.
    template <class Call>
    void on_connection(const Call& call)
    {
        for (bool again = false;; again = true) {
            auto& current = connect();
            const bool was_used = current.used;
            try {
                call(current);
                current.used = true;
                return;
            } catch (const Broken& broken) {
                connection.reset();
                if (again || !was_used || broken.in_doubt()) throw;
            }
        }
    }

    Settings settings;
    std::unique_ptr<Connection> connection;
};

Session::Session(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings)))
{
    if (impl_->settings.conninfo.find("://") != std::string::npos) {
        throw std::invalid_argument("PostgreSQL's address is to be given as `host=… port=… dbname=…`, not as a URI");
    }
}

Session::~Session() = default;

void Session::run_transaction(const std::function<void(Transaction&)>& work)
{
    impl_->on_connection([&](Connection& connection) {
        for (int attempt = 0;; ++attempt) {
            try {
                try {
                    pqxx::work over(connection.server);
                    Transaction::Impl impl{connection, over};
                    Transaction transaction(impl);
                    work(transaction);
                    over.commit();
                    return;
                } catch (const pqxx::pqxx_exception&) {
                    translate([&] { return connection.server.is_open(); });
                }
            } catch (const Conflict& conflict) {
                if (attempt + 1 == attempts_at_conflict) {
                    throw Unavailable("conflicts with other transactions did not end: " + std::string(conflict.what()));
                }
                std::this_thread::sleep_for(pause_before(attempt));
            }
        }
    });
}

Rows Session::query(std::string_view sql, const std::vector<Parameter>& parameters)
{
    auto impl = std::make_shared<Rows::Impl>();
    impl_->on_connection([&](Connection& connection) {
        try {
            pqxx::nontransaction over(connection.server);
            impl->result = run_on(connection, over, sql, parameters);
        } catch (const pqxx::pqxx_exception&) {
            translate([&] { return connection.server.is_open(); });
        }
    });
    return Rows(std::move(impl));
}

void Session::disconnect()
{
    impl_->connection.reset();
}

}  // namespace jangteo::postgres
