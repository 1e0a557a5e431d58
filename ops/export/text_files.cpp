#include "ops/export/text_files.hpp"

#include "events/codec.hpp"

namespace jangteo::ops::exporting {

namespace {

/// In quotes where RFC 4180 wants it; so is an empty text, which is no null.
void append_field(std::string& line, std::string_view text)
{
    if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
        line += text;
        return;
    }
    line += '"';
    for (const char letter : text) {
        if (letter == '"') line += '"';
        line += letter;
    }
    line += '"';
}

void append_value(std::string& line, const boost::json::value& value, const Column& column)
{
    switch (column.kind) {
        case Kind::text: append_field(line, text_in(value, column)); return;
        case Kind::integer: line += std::to_string(integer_in(value, column)); return;
        case Kind::truth: line += truth_in(value, column) ? "true" : "false"; return;
        case Kind::moment: line += events::to_iso8601(moment_in(value, column)); return;
        case Kind::id: line += events::to_string(id_in(value, column)); return;
        case Kind::json:
        case Kind::list:
        case Kind::group: append_field(line, boost::json::serialize(value)); return;
    }
}

struct AppendField {
    std::string& line;
    void operator()(std::monostate) const {}
    void operator()(std::int64_t number) const { line += std::to_string(number); }
    void operator()(std::string_view text) const { append_field(line, text); }
    void operator()(const events::Uuid& id) const { line += events::to_string(id); }
    void operator()(events::Timestamp moment) const { line += events::to_iso8601(moment); }
};

struct AppendJson {
    std::string& line;
    void operator()(std::monostate) const { line += "null"; }
    template <class Value>
    void operator()(const Value& value) const
    {
        events::append_json(line, value);
    }
};

}  // namespace

void NdjsonFile::add(const events::Record& record)
{
    const std::string_view data = record.value;
    if (data.size() < 2 || data.front() != '{' || data.back() != '}' || data.find('\n') != std::string_view::npos) {
        throw NotOfItsSchema("its data is no JSON object on one line");
    }
    line_.clear();
    for (const auto& [column, of] : envelope_columns()) {
        line_ += line_.empty() ? "{\"" : ",\"";
        line_ += column.name;
        line_ += "\":";
        std::visit(AppendJson{line_}, of(record));
    }
    if (data.size() > 2) line_ += ',';
    line_ += data.substr(1);
    line_ += '\n';
    output_.append(line_);
}

std::int64_t NdjsonFile::finish()
{
    output_.finish();
    return output_.size();
}

CsvFile::CsvFile(const Table& table, const std::filesystem::path& path) : table_(table), output_(path)
{
    for (const auto& [column, of] : envelope_columns()) line_ += (line_.empty() ? "" : ",") + column.name;
    for (const auto& column : table.columns) line_ += "," + column.name;
    output_.append(line_ + "\r\n");
}

void CsvFile::add(const events::Record& record)
{
    line_.clear();
    for (bool first = true; const auto& [column, of] : envelope_columns()) {
        if (!std::exchange(first, false)) line_ += ',';
        std::visit(AppendField{line_}, of(record));
    }
    for_each_member(data_.parse(record.value), table_.columns, [this](std::size_t i, const auto* value) {
        line_ += ',';
        if (value != nullptr) append_value(line_, *value, table_.columns[i]);
    });
    line_ += "\r\n";
    output_.append(line_);
}

std::int64_t CsvFile::finish()
{
    output_.finish();
    return output_.size();
}

}  // namespace jangteo::ops::exporting
