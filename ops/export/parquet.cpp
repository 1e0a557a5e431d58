#include "ops/export/parquet.hpp"

#include "ops/export/data.hpp"
#include "ops/export/thrift.hpp"

#include <zstd.h>
#include <memory>
#include <utility>

namespace jangteo::ops::exporting {

namespace {

constexpr std::string_view magic = "PAR1";
/// Readers take row groups apart among their threads; DuckDB's own have as many rows.
constexpr std::int64_t most_rows_of_a_group = 122'880;
/// The fastest: what repeats in a column's plain values is near, so it is found without looking far.
constexpr int compression_level = 1;

// Numbers of parquet.thrift.
enum Physical { boolean = 0, integer64 = 2, byte_array = 6, fixed_byte_array = 7 };
enum Repetition { required = 0, optional = 1, repeated = 2 };
enum Converted { utf8 = 0, list = 3, timestamp_micros = 10, json_text = 19 };
enum Logical { string_type = 1, list_type = 3, timestamp_type = 8, json_type = 12, uuid_type = 14 };
enum Encoding { plain = 0, run_length = 3 };
constexpr int zstandard = 6;
constexpr int data_page = 0;
constexpr int bytes_of_an_id = 16;

Physical physical(Kind kind)
{
    switch (kind) {
        case Kind::truth: return boolean;
        case Kind::integer:
        case Kind::moment: return integer64;
        case Kind::id: return fixed_byte_array;
        default: return byte_array;
    }
}

/// A list takes two elements.
std::size_t elements_of(const Column& column)
{
    std::size_t count = column.kind == Kind::list ? 2 : 1;
    for (const auto& part : column.parts) count += elements_of(part);
    return count;
}

/// The schema's elements, parents before their parts.
void add_elements(const Column& column, ThriftWriter& to)
{
    const auto nothing = [] {};
    const auto repetition = column.required ? required : optional;
    to.item_structure([&] {
        const bool leaf = column.kind != Kind::list && column.kind != Kind::group;
        if (leaf) to.integer32(1, physical(column.kind));
        if (column.kind == Kind::id) to.integer32(2, bytes_of_an_id);
        to.integer32(3, repetition);
        to.text(4, column.name);
        if (column.kind == Kind::list) to.integer32(5, 1);
        if (column.kind == Kind::group) to.integer32(5, std::ssize(column.parts));
        switch (column.kind) {
            case Kind::text:
                to.integer32(6, utf8);
                to.structure(10, [&] { to.structure(string_type, nothing); });
                break;
            case Kind::json:
                to.integer32(6, json_text);
                to.structure(10, [&] { to.structure(json_type, nothing); });
                break;
            case Kind::moment:
                to.integer32(6, timestamp_micros);
                to.structure(10, [&] {
                    to.structure(timestamp_type, [&] {
                        to.truth(1, true);  // In UTC.
                        to.structure(2, [&] { to.structure(2, nothing); });
                    });
                });
                break;
            case Kind::id: to.structure(10, [&] { to.structure(uuid_type, nothing); }); break;
            case Kind::list:
                to.integer32(6, list);
                to.structure(10, [&] { to.structure(list_type, nothing); });
                break;
            case Kind::integer:
            case Kind::truth:
            case Kind::group: break;
        }
    });
    if (column.kind == Kind::list) {
        to.item_structure([&] {
            to.integer32(3, repeated);
            to.text(4, "list");
            to.integer32(5, 1);
        });
    }
    for (const auto& part : column.parts) add_elements(part, to);
}

std::string compressed(std::string_view page)
{
    std::string to(ZSTD_compressBound(page.size()), '\0');
    // One context for each thread: making one costs as much as a small page.
    thread_local const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                                       ZSTD_freeCCtx);
    const auto size =
        ZSTD_compressCCtx(context.get(), to.data(), to.size(), page.data(), page.size(), compression_level);
    if (ZSTD_isError(size) != 0) throw std::runtime_error(std::string("Zstandard: ") + ZSTD_getErrorName(size));
    to.resize(size);
    return to;
}

std::string bytes_of(std::int64_t value)
{
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

/// Takes rows apart into leaves.
struct ParquetFile::Shredder {
    /// A column with the leaves below it.
    struct Node {
        const Column* column;
        std::size_t first;
        std::size_t last;
        std::vector<Node> parts{};
    };

    Shredder(const Table& table, std::vector<Leaf>& all) : leaves(all)
    {
        for (const auto& [column, of] : envelope_columns()) envelope.push_back(node(column, {}, 0, 0));
        for (const auto& column : table.columns) data.push_back(node(column, {}, 0, 0));
    }

    Node node(const Column& column, std::vector<std::string> path, std::uint8_t repetition, std::uint8_t definition)
    {
        Node made{&column, leaves.size(), 0};
        path.push_back(column.name);
        if (!column.required) ++definition;
        if (column.kind == Kind::list) {
            path.emplace_back("list");
            ++repetition;
            ++definition;
        }
        for (const auto& part : column.parts) made.parts.push_back(node(part, path, repetition, definition));
        if (column.parts.empty()) {
            leaves.push_back({column.kind, std::move(path), repetition, definition});
        }
        made.last = leaves.size();
        return made;
    }

    void shred(const Node& at, const boost::json::value* value, std::uint8_t repetition, std::uint8_t definition,
               std::uint8_t depth)
    {
        const auto& column = *at.column;
        if (value == nullptr) {
            for (auto i = at.first; i < at.last; ++i) leaves[i].enter(repetition, definition);
            return;
        }
        if (!column.required) ++definition;
        if (column.kind == Kind::list) {
            const auto& items = list_in(*value, column);
            if (items.empty()) {
                for (auto i = at.first; i < at.last; ++i) leaves[i].enter(repetition, definition);
            }
            ++depth;
            for (const auto& item : items) {
                shred(at.parts.front(), &item, std::exchange(repetition, depth),
                      static_cast<std::uint8_t>(definition + 1), depth);
            }
            return;
        }
        if (column.kind == Kind::group) {
            for_each_member(group_in(*value, column), column.parts, [&](std::size_t i, const auto* member) {
                shred(at.parts[i], member, repetition, definition, depth);
            });
            return;
        }
        auto& leaf = leaves[at.first];
        leaf.enter(repetition, definition);
        switch (column.kind) {
            case Kind::integer: leaf.put(integer_in(*value, column)); return;
            case Kind::truth: leaf.put(truth_in(*value, column)); return;
            case Kind::moment: leaf.put(moment_in(*value, column)); return;
            case Kind::id: leaf.put(id_in(*value, column)); return;
            case Kind::json: leaf.put(std::string_view(boost::json::serialize(*value))); return;
            default: leaf.put(text_in(*value, column)); return;
        }
    }

    std::vector<Leaf>& leaves;
    std::vector<Node> envelope{};
    std::vector<Node> data{};
    Data parser{};
};

ParquetFile::ParquetFile(const Table& table, const std::filesystem::path& path)
    : table_(table), output_(path), shredder_(std::make_unique<Shredder>(table, leaves_))
{
    output_.append(magic);
}

ParquetFile::~ParquetFile() = default;

void ParquetFile::add(const events::Record& record)
{
    const auto columns = envelope_columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto& leaf = leaves_[shredder_->envelope[i].first];
        const auto cell = columns[i].of(record);
        const bool there = !std::holds_alternative<std::monostate>(cell);
        leaf.enter(0, there ? leaf.most_defined : 0);
        std::visit(
            [&leaf]<class Value>(const Value& value) {
                if constexpr (!std::is_same_v<Value, std::monostate>) leaf.put(value);
            },
            cell);
    }
    for_each_member(shredder_->parser.parse(record.value), table_.columns,
                    [&](std::size_t i, const auto* value) { shredder_->shred(shredder_->data[i], value, 0, 0, 0); });
    if (++rows_ == most_rows_of_a_group) let_go();
}

std::size_t ParquetFile::held() const
{
    std::size_t bytes = 0;
    for (const auto& leaf : leaves_) bytes += leaf.held();
    return bytes;
}

void ParquetFile::let_go()
{
    if (rows_ == 0) return;
    RowGroup group{.rows = std::exchange(rows_, 0)};
    for (auto& leaf : leaves_) group.chunks.push_back(write_page(leaf));
    groups_.push_back(std::move(group));
}

ParquetFile::Chunk ParquetFile::write_page(Leaf& leaf)
{
    const auto page = leaf.take_page();
    const auto bytes = compressed(page);
    ThriftWriter header;
    header.integer32(1, data_page);
    header.integer32(2, std::ssize(page));
    header.integer32(3, std::ssize(bytes));
    header.structure(5, [&] {
        header.integer32(1, leaf.entries);
        header.integer32(2, plain);
        header.integer32(3, run_length);
        header.integer32(4, run_length);
    });
    const auto head = std::move(header).finished();
    const Chunk chunk{.offset = output_.size(),
                      .plain_bytes = std::ssize(head) + std::ssize(page),
                      .bytes = std::ssize(head) + std::ssize(bytes),
                      .entries = leaf.entries,
                      .nulls = leaf.nulls,
                      .least = leaf.least,
                      .most = leaf.most};
    output_.append(head);
    output_.append(bytes);
    leaf.begin_anew();
    return chunk;
}

std::string ParquetFile::footer() const
{
    const auto envelope = envelope_columns();
    std::size_t elements = 1;
    for (const auto& [column, of] : envelope) elements += elements_of(column);
    for (const auto& column : table_.columns) elements += elements_of(column);
    std::int64_t rows = 0;
    for (const auto& group : groups_) rows += group.rows;

    ThriftWriter to;
    to.integer32(1, 1);  // The format's version.
    to.structures(2, elements);
    to.item_structure([&] {
        to.text(4, "event");
        to.integer32(5, std::ssize(envelope) + std::ssize(table_.columns));
    });
    for (const auto& [column, of] : envelope) add_elements(column, to);
    for (const auto& column : table_.columns) add_elements(column, to);
    to.integer64(3, rows);
    to.structures(4, groups_.size());
    for (const auto& group : groups_) {
        to.item_structure([&] { add_group(group, to); });
    }
    to.structures(5, 1);
    to.item_structure([&] {
        to.text(1, "jangteo.schema");
        to.text(2, table_.schema);
    });
    to.text(6, "jangteo export");
    // Least and most are by the order of the type.
    to.structures(7, leaves_.size());
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
        to.item_structure([&] { to.structure(1, [] {}); });
    }
    return std::move(to).finished();
}

void ParquetFile::add_group(const RowGroup& group, ThriftWriter& to) const
{
    std::int64_t plain_bytes = 0;
    for (const auto& chunk : group.chunks) plain_bytes += chunk.plain_bytes;
    to.structures(1, group.chunks.size());
    for (std::size_t i = 0; i < group.chunks.size(); ++i) {
        to.item_structure([&] {
            to.integer64(2, 0);
            to.structure(3, [&] { add_chunk(leaves_[i], group.chunks[i], to); });
        });
    }
    to.integer64(2, plain_bytes);
    to.integer64(3, group.rows);
}

void ParquetFile::add_chunk(const Leaf& leaf, const Chunk& chunk, ThriftWriter& to)
{
    to.integer32(1, physical(leaf.kind));
    to.integers(2, 2);
    to.item(std::int64_t{plain});
    to.item(std::int64_t{run_length});
    to.texts(3, leaf.path.size());
    for (const auto& name : leaf.path) to.item(std::string_view(name));
    to.integer32(4, zstandard);
    to.integer64(5, chunk.entries);
    to.integer64(6, chunk.plain_bytes);
    to.integer64(7, chunk.bytes);
    to.integer64(9, chunk.offset);
    to.structure(12, [&] {
        to.integer64(3, chunk.nulls);
        if (!chunk.least) return;
        to.text(5, bytes_of(*chunk.most));
        to.text(6, bytes_of(*chunk.least));
    });
}

std::int64_t ParquetFile::finish()
{
    let_go();
    const auto end = footer();
    const auto length = static_cast<std::uint32_t>(end.size());
    output_.append(end);
    output_.append({reinterpret_cast<const char*>(&length), sizeof length});
    output_.append(magic);
    output_.finish();
    return output_.size();
}

}  // namespace jangteo::ops::exporting
