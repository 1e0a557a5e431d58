#include "ops/export/columns.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>

namespace jangteo::ops::exporting {

namespace {

namespace json = boost::json;

constexpr std::string_view shared_context = "shared";
constexpr std::string_view event_suffix = ".event.v1.json";
constexpr std::string_view definitions = "#/$defs/";

/// The schemas of one program, each parsed once.
class Schemas {
public:
    explicit Schemas(std::span<const events::SchemaFile> files)
    {
        for (const auto& file : files) {
            std::string path(file.context);
            path += '/';
            path += file.name;
            parsed_.emplace(std::move(path), json::parse(file.json).as_object());
        }
    }

    [[nodiscard]] const std::map<std::string, json::object>& all() const { return parsed_; }

    /// `context`: whose file `schema` stands in.
    [[nodiscard]] Column column(std::string name, bool required, const json::object& schema, const std::string& context,
                                const std::string& path) const
    {
        if (const auto* reference = schema.if_contains("$ref")) {
            const auto [file, definition] = resolved(std::string(reference->as_string()), context, path);
            return column(std::move(name), required, *definition, file.substr(0, file.find('/')), file);
        }
        Column made{std::move(name), Kind::text, required};
        const auto says = [&schema](std::string_view key, std::string_view what) {
            const auto* value = schema.if_contains(key);
            return value != nullptr && value->is_string() && value->as_string() == what;
        };
        if (says("x-cpp", "Json")) {
            made.kind = Kind::json;
        } else if (says("type", "integer")) {
            made.kind = Kind::integer;
        } else if (says("type", "boolean")) {
            made.kind = Kind::truth;
        } else if (says("type", "string")) {
            made.kind = says("format", "uuid") ? Kind::id : says("format", "date-time") ? Kind::moment : Kind::text;
        } else if (says("type", "array")) {
            made.kind = Kind::list;
            made.parts.push_back(column("element", true, schema.at("items").as_object(), context, path));
        } else if (says("type", "object")) {
            made.kind = Kind::group;
            made.parts = members(schema, context, path);
        } else {
            throw std::runtime_error(path + ": no column can be made of " + made.name);
        }
        return made;
    }

    [[nodiscard]] std::vector<Column> members(const json::object& schema, const std::string& context,
                                              const std::string& path) const
    {
        std::set<std::string_view> required;
        if (const auto* names = schema.if_contains("required")) {
            for (const auto& name : names->as_array()) required.insert(name.as_string());
        }
        std::vector<Column> made;
        for (const auto& [name, member] : schema.at("properties").as_object()) {
            made.push_back(column(std::string(name), required.contains(name), member.as_object(), context, path));
        }
        return made;
    }

private:
    /// `types.json#/$defs/Won`, `../shared/types.json#/$defs/Won` or `#/$defs/Won`: the file and what it defines.
    [[nodiscard]] std::pair<std::string, const json::object*> resolved(const std::string& reference,
                                                                       const std::string& context,
                                                                       const std::string& path) const
    {
        const auto at = reference.find(definitions);
        if (at == std::string::npos) throw std::runtime_error(path + ": cannot follow " + reference);
        auto file = reference.substr(0, at);
        if (file.empty()) {
            file = path;
        } else if (file.starts_with("../")) {
            file.erase(0, 3);
        } else {
            file.insert(0, context + "/");
        }
        const auto found = parsed_.find(file);
        if (found == parsed_.end()) throw std::runtime_error(path + ": there is no " + file);
        const auto& defined = found->second.at("$defs").as_object();
        return {file, &defined.at(reference.substr(at + definitions.size())).as_object()};
    }

    std::map<std::string, json::object> parsed_;
};

Cell optional_text(const std::string& text)
{
    return text.empty() ? Cell{} : Cell{std::string_view(text)};
}

Cell id_of(const std::string& text)
{
    const auto id = events::parse_uuid(text);
    if (!id) throw NotOfItsSchema("its aggregate '" + text + "' is no id");
    return *id;
}

}  // namespace

std::vector<Table> tables_of(std::span<const events::SchemaFile> files, std::span<const std::string> contexts)
{
    const Schemas schemas(files);
    std::vector<Table> tables;
    for (const auto& [path, schema] : schemas.all()) {
        if (!path.ends_with(event_suffix)) continue;
        const auto of = path.substr(0, path.find('/'));
        const auto name = path.substr(of.size() + 1, path.size() - of.size() - 1 - event_suffix.size());
        const auto columns = schemas.members(schema, of, path);
        const bool everywhere = of == shared_context;
        for (const auto& context : contexts) {
            if (!everywhere && context != of) continue;
            const auto type = everywhere ? "jangteo." + name : "jangteo." + of + "." + name;
            tables.push_back({context, type, context + "/" + name, "/schemas/" + path, columns});
        }
    }
    std::ranges::sort(tables, {}, &Table::folder);
    return tables;
}

std::span<const EnvelopeColumn> envelope_columns()
{
    using events::Record;
    static const std::array columns{
        EnvelopeColumn{{"event_id", Kind::id}, [](const Record& r) -> Cell { return r.envelope.id; }},
        EnvelopeColumn{{"event_type", Kind::text},
                       [](const Record& r) -> Cell { return std::string_view(r.envelope.type); }},
        EnvelopeColumn{{"event_time", Kind::moment}, [](const Record& r) -> Cell { return r.envelope.time; }},
        EnvelopeColumn{{"aggregate_id", Kind::id}, [](const Record& r) -> Cell { return id_of(r.envelope.subject); }},
        EnvelopeColumn{{"correlation_id", Kind::id}, [](const Record& r) -> Cell { return r.envelope.correlation_id; }},
        EnvelopeColumn{{"causation_id", Kind::id}, [](const Record& r) -> Cell { return r.envelope.causation_id; }},
        EnvelopeColumn{{"event_actor", Kind::text, false},
                       [](const Record& r) -> Cell { return optional_text(r.envelope.actor); }},
        EnvelopeColumn{{"trace_parent", Kind::text, false},
                       [](const Record& r) -> Cell { return optional_text(r.envelope.traceparent); }},
        EnvelopeColumn{{"data_schema", Kind::text, false},
                       [](const Record& r) -> Cell { return optional_text(r.envelope.schema); }},
        EnvelopeColumn{{"log_topic", Kind::text}, [](const Record& r) -> Cell { return std::string_view(r.topic); }},
        EnvelopeColumn{{"log_partition", Kind::integer},
                       [](const Record& r) -> Cell { return std::int64_t{r.partition}; }},
        EnvelopeColumn{{"log_offset", Kind::integer}, [](const Record& r) -> Cell { return r.offset; }},
        EnvelopeColumn{{"log_sequence", Kind::integer}, [](const Record& r) -> Cell { return r.envelope.sequence; }},
        EnvelopeColumn{{"log_writer", Kind::id}, [](const Record& r) -> Cell { return r.envelope.writer; }},
        EnvelopeColumn{{"command_offset", Kind::integer},
                       [](const Record& r) -> Cell { return r.envelope.command_offset; }},
    };
    return columns;
}

}  // namespace jangteo::ops::exporting
