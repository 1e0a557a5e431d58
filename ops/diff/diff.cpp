#include "ops/diff/diff.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

namespace jangteo::ops::diff {

namespace {

std::string quoted(const std::string& name)
{
    return "\"" + name + "\"";  // Names come from PostgreSQL's own catalogue, and none of ours has a quote.
}

std::vector<std::string> column(postgres::Transaction& transaction, std::string_view sql,
                                const std::vector<postgres::Parameter>& parameters)
{
    const auto rows = transaction.run(sql, parameters);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows.size(); ++i) texts.emplace_back(rows.text(i, 0));
    return texts;
}

std::vector<std::string> tables_of(postgres::Transaction& transaction, const std::string& schema)
{
    return column(transaction, "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", {schema});
}

std::vector<std::string> columns_of(postgres::Transaction& transaction, const std::string& schema,
                                    const std::string& table)
{
    return column(transaction,
                  "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
                  " ORDER BY ordinal_position",
                  {schema, table});
}

std::vector<std::string> key_of(postgres::Transaction& transaction, const std::string& schema, const std::string& table)
{
    return column(transaction,
                  "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                  " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = $1::regclass AND i.indisprimary"
                  " ORDER BY array_position(i.indkey::int2[], a.attnum)",
                  {quoted(schema) + "." + quoted(table)});
}

template <class Write>
std::string joined(const std::vector<std::string>& names, std::string_view between, Write write)
{
    std::string text;
    for (const auto& name : names) {
        if (!text.empty()) text += between;
        text += write(name);
    }
    return text;
}

/// Of both, in the order of the first; the rest is told.
std::vector<std::string> in_both(const std::vector<std::string>& one, const std::vector<std::string>& other)
{
    std::vector<std::string> both;
    std::ranges::copy_if(one, std::back_inserter(both),
                         [&](const auto& name) { return std::ranges::find(other, name) != other.end(); });
    return both;
}

class Comparison {
public:
    Comparison(postgres::Transaction& transaction, const Settings& settings, std::ostream& out)
        : transaction_(transaction), settings_(settings), out_(out)
    {}

    bool run()
    {
        const auto contained_in_one = introduce(settings_.one);
        const auto contained_in_other = introduce(settings_.other);
        if (contained_in_one != contained_in_other) {
            out_ << "They contain different parts of the log: what differs may be what lies between.\n";
        }
        const auto of_one = tables_of(transaction_, settings_.one);
        const auto of_other = tables_of(transaction_, settings_.other);
        only_in(settings_.one, "table", of_one, of_other);
        only_in(settings_.other, "table", of_other, of_one);
        for (const auto& table : in_both(of_one, of_other)) compare(table);
        out_ << "diff: " << (same_ ? "no difference" : "they differ") << std::endl;
        return same_;
    }

private:
    /// How many events it contains.
    std::int64_t introduce(const std::string& schema)
    {
        const auto found = transaction_.run(
            "SELECT r.version, coalesce(sum(c.next_offset), 0)::bigint,"
            " (SELECT count(*) FROM projections.parked p WHERE p.projection = r.name AND p.version = r.version)"
            " FROM projections.registry r LEFT JOIN projections.checkpoints c"
            " ON c.projection = r.name AND c.version = r.version WHERE r.schema_name = $1 GROUP BY r.name, r.version",
            {schema});
        if (found.empty()) {
            const auto known = column(transaction_, "SELECT schema_name FROM projections.registry ORDER BY 1", {});
            throw Unknown("there are no tables in " + schema +
                          "; there are: " + joined(known, ", ", [](const auto& name) { return name; }));
        }
        out_ << schema << ": version " << found.text(0, 0) << ", " << found.text(0, 1) << " records of the log, "
             << found.text(0, 2) << " of them parked\n";
        return found.integer(0, 1);
    }

    void only_in(const std::string& schema, const std::string& what, const std::vector<std::string>& names,
                 const std::vector<std::string>& others)
    {
        for (const auto& name : names) {
            if (std::ranges::find(others, name) != others.end()) continue;
            out_ << "only in " << schema << ": " << what << ' ' << name << '\n';
            same_ = false;
        }
    }

    void compare(const std::string& table)
    {
        const auto of_one = columns_of(transaction_, settings_.one, table);
        const auto of_other = columns_of(transaction_, settings_.other, table);
        only_in(settings_.one, "column " + table, of_one, of_other);
        only_in(settings_.other, "column " + table, of_other, of_one);
        const auto key = key_of(transaction_, settings_.one, table);
        if (key.empty() || key != key_of(transaction_, settings_.other, table)) {
            out_ << table << ": the keys are not the same ones (or it is still being filled)\n";
            same_ = false;
            return;
        }
        const auto columns = joined(in_both(of_one, of_other), ", ", quoted);
        const auto side = [&](const std::string& schema) {
            return "(SELECT " + columns + " FROM " + quoted(schema) + "." + quoted(table) + ")";
        };
        const std::string both = " FROM " + side(settings_.one) + " a FULL JOIN " + side(settings_.other) +
                                 " b USING (" + joined(key, ", ", quoted) + ")";
        const auto& first = quoted(key.front());
        const auto counts = transaction_.run(
            "SELECT count(a." + first + "), count(b." + first + "), count(*) FILTER (WHERE b." + first +
            " IS NULL), count(*) FILTER (WHERE a." + first + " IS NULL), count(*) FILTER (WHERE a." + first +
            " IS NOT NULL AND b." + first + " IS NOT NULL AND a IS DISTINCT FROM b)" + both);
        out_ << table << ": " << counts.text(0, 0) << " rows and " << counts.text(0, 1) << "; " << counts.text(0, 2)
             << " only in " << settings_.one << ", " << counts.text(0, 3) << " only in " << settings_.other << ", "
             << counts.text(0, 4) << " differ\n";
        if (counts.integer(0, 2) + counts.integer(0, 3) + counts.integer(0, 4) == 0) return;
        same_ = false;
        show(table, key, both);
    }

    void show(const std::string& table, const std::vector<std::string>& key, const std::string& both)
    {
        const auto& first = quoted(key.front());
        const auto rows = transaction_.run(
            "SELECT concat_ws(',', " + joined(key, ", ", [](const auto& name) { return quoted(name) + "::text"; }) +
                "), b." + first + " IS NULL, a." + first +
                " IS NULL, (SELECT string_agg(format('%s is %s and %s', key, x.value, y.value), ', ' ORDER BY key)"
                " FROM jsonb_each(to_jsonb(a)) x JOIN jsonb_each(to_jsonb(b)) y USING (key)"
                " WHERE x.value IS DISTINCT FROM y.value)" +
                both + " WHERE a IS DISTINCT FROM b ORDER BY " + joined(key, ", ", quoted) + " LIMIT $1",
            {settings_.shown});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            out_ << "  " << table << ' ' << rows.text(i, 0) << ": ";
            if (rows.boolean(i, 1)) {
                out_ << "only in " << settings_.one << '\n';
            } else if (rows.boolean(i, 2)) {
                out_ << "only in " << settings_.other << '\n';
            } else {
                out_ << rows.text(i, 3) << '\n';
            }
        }
    }

    postgres::Transaction& transaction_;
    const Settings& settings_;
    std::ostream& out_;
    bool same_ = true;
};

}  // namespace

bool run(const Settings& settings, std::ostream& out)
{
    postgres::Session session(settings.postgres);
    return session.transact([&](postgres::Transaction& transaction) {
        transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        return Comparison(transaction, settings, out).run();
    });
}

}  // namespace jangteo::ops::diff
