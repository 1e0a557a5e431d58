// One connection to PostgreSQL. libpqxx stays behind it: its 6.4 reconnects silently, forgets what was set on the lost
// connection and cuts a text at its first NUL, so the rules for using it are kept in one place.
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace jangteo::postgres {

struct Settings {
    /// `host=… port=… dbname=… user=… password=…`: keyword form, without `options` and `application_name`.
    std::string conninfo;
    std::string application_name;  ///< Shown in pg_stat_activity.
    /// Off: a commit is answered before it is on disk. Only for what can be derived anew (read models).
    bool synchronous_commit = true;
    std::chrono::milliseconds statement_timeout{30'000};  ///< 0: none.
    std::chrono::milliseconds lock_timeout{10'000};       ///< 0: none.
};

/// Trouble outside: the server is away, the connection broke, a statement ran out of time, the disk is full, or
/// conflicts did not end. The same call may succeed later.
class Unavailable : public std::runtime_error {
public:
    explicit Unavailable(const std::string& what, bool in_doubt = false) : std::runtime_error(what), in_doubt_(in_doubt)
    {}
    /// The connection broke during COMMIT: whether the transaction took place can only be read from the database.
    [[nodiscard]] bool in_doubt() const { return in_doubt_; }

private:
    bool in_doubt_;
};

/// The server refuses a statement: it is wrong, or breaks a constraint. Trying again is of no use.
class StatementError : public std::runtime_error {
public:
    StatementError(const std::string& what, std::string sqlstate)
        : std::runtime_error(what), sqlstate_(std::move(sqlstate))
    {}
    /// Five characters, for instance `23505` for a unique violation.
    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
    /// Is it what the statement brought, and not the statement, that the server refuses? A value it cannot hold, or a row
    /// that breaks a constraint.
    [[nodiscard]] bool is_about_data() const { return sqlstate_.starts_with("22") || sqlstate_.starts_with("23"); }
    /// There is no such table or schema: for one that somebody else makes, not yet.
    [[nodiscard]] bool missing_table() const { return sqlstate_ == "42P01" || sqlstate_ == "3F000"; }

private:
    std::string sqlstate_;
};

/// `$1`, `$2`, …: a value in PostgreSQL's text form, or NULL.
class Parameter {
public:
    Parameter(std::nullopt_t) {}  // NOLINT(google-explicit-constructor): so that a list reads like a call.
    Parameter(std::string text) : text_(std::move(text)) {}
    Parameter(std::string_view text) : text_(text) {}
    Parameter(const char* text) : text_(text) {}
    Parameter(bool value) : text_(value ? "t" : "f") {}
    template <std::integral Number>
    Parameter(Number value) : text_(std::to_string(value))
    {}
    Parameter(const events::Uuid& id) : text_(events::to_string(id)) {}
    template <class Tag>
    Parameter(const events::Id<Tag>& id) : text_(id.text())
    {}
    Parameter(events::Timestamp time) : text_(events::to_iso8601(time)) {}
    template <class Value>
    Parameter(const std::optional<Value>& value)
    {
        if (value) *this = Parameter(*value);
    }

    [[nodiscard]] const std::optional<std::string>& text() const { return text_; }

private:
    std::optional<std::string> text_;
};

/// A bytea value as a parameter's text.
Parameter bytes(std::string_view value);

/// What a statement returned. Cheap to copy; views live as long as one of the copies.
class Rows {
public:
    struct Impl;
    explicit Rows(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// How many rows an INSERT, UPDATE or DELETE has touched.
    [[nodiscard]] std::size_t affected() const;

    [[nodiscard]] bool null(std::size_t row, std::size_t column) const;
    /// Empty for NULL.
    [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const;
    /// These throw `StatementError` (22000) for a value of another form, NULL included.
    [[nodiscard]] std::int64_t integer(std::size_t row, std::size_t column) const;
    [[nodiscard]] bool boolean(std::size_t row, std::size_t column) const;
    [[nodiscard]] events::Uuid uuid(std::size_t row, std::size_t column) const;
    [[nodiscard]] events::Timestamp timestamp(std::size_t row, std::size_t column) const;
    [[nodiscard]] std::string bytes(std::size_t row, std::size_t column) const;

private:
    std::shared_ptr<const Impl> impl_;
};

/// Rows on their way into a table by COPY, which is about three times as fast as arrays. Only one at a time in a
/// transaction, and no statement until `finish`.
class Copy {
public:
    struct Impl;
    explicit Copy(std::unique_ptr<Impl> impl);
    Copy(Copy&&) noexcept;
    Copy& operator=(Copy&&) noexcept;
    ~Copy();

    /// The fields of a row in the order of the columns, then `end_row`.
    void field(std::string_view text);
    void field(const char* text) { field(std::string_view(text)); }
    void field(std::int64_t value);
    void field(bool value) { field(value ? std::string_view("t") : std::string_view("f")); }
    void field(const events::Uuid& id) { field(std::string_view(events::to_string(id))); }
    template <class Tag>
    void field(const events::Id<Tag>& id)
    {
        field(id.value);
    }
    void field(events::Timestamp time) { field(std::string_view(events::to_iso8601(time))); }
    void null();
    template <std::integral Number>
    void field(Number value)
    {
        field(static_cast<std::int64_t>(value));
    }
    template <class Value>
    void field(const std::optional<Value>& value)
    {
        value ? field(*value) : null();
    }
    void end_row();
    /// Whole rows in COPY's text form, each with its line's end.
    void lines(std::string_view encoded);
    /// Sends the rest and waits for the server's verdict. Without it nothing is copied.
    void finish();

private:
    std::unique_ptr<Impl> impl_;
};

class Transaction {
public:
    struct Impl;
    explicit Transaction(Impl& impl) : impl_(impl) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// One statement. It is prepared when it comes for the first time: `sql` should be a constant.
    Rows run(std::string_view sql, const std::vector<Parameter>& parameters = {});
    /// As `run`, with every parameter in PostgreSQL's binary form: for arrays of many values, which then need no quoting
    /// and no parsing. The statement has to name the types: `$1::uuid[]`.
    Rows run_binary(std::string_view sql, const std::vector<std::string>& parameters);
    /// Statements without parameters, several in one text if need be, not prepared: for DDL.
    void execute(std::string_view sql);
    /// `table` and `columns` go into the statement as they are.
    Copy copy(std::string_view table, const std::vector<std::string>& columns);

private:
    Impl& impl_;
};

/// A connection, made when first needed and made anew after it broke. Used by one thread.
class Session {
public:
    explicit Session(Settings settings);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Runs `work(transaction)` and commits. `work` is run again (five times at most, after a short random pause) when
    /// the server rolls it back for a conflict with another transaction, and once when a connection that had been idle
    /// turns out to be broken before COMMIT: it must have no other effects than in the transaction. What it throws rolls
    /// back and goes on to the caller. Throws `Unavailable` and `StatementError`.
    template <class Work>
    auto transact(Work&& work) -> std::invoke_result_t<Work&, Transaction&>
    {
        if constexpr (std::is_void_v<std::invoke_result_t<Work&, Transaction&>>) {
            run_transaction([&](Transaction& transaction) { work(transaction); });
        } else {
            std::optional<std::invoke_result_t<Work&, Transaction&>> result;
            run_transaction([&](Transaction& transaction) { result.emplace(work(transaction)); });
            return std::move(*result);
        }
    }

    /// One statement that changes nothing, outside a transaction: one round trip instead of three. Run again once when
    /// a connection that had been idle turns out to be broken.
    Rows query(std::string_view sql, const std::vector<Parameter>& parameters = {});

    /// Gives the connection up; the next call makes a new one.
    void disconnect();

private:
    void run_transaction(const std::function<void(Transaction&)>& work);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::postgres
