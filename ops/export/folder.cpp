#include "ops/export/folder.hpp"

#include "ops/export/output.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace jangteo::ops::exporting {

namespace {

namespace json = boost::json;
namespace files = std::filesystem;

constexpr const char* manifest_name = "manifest.json";
constexpr const char* writing_name = ".writing";
constexpr const char* lock_name = ".lock";
constexpr std::int64_t manifest_version = 1;

json::array array_of(const std::set<std::string>& texts)
{
    json::array array;
    for (const auto& text : texts) array.emplace_back(text);
    return array;
}

std::set<std::string> texts_of(const json::value& array)
{
    std::set<std::string> texts;
    for (const auto& text : array.as_array()) texts.emplace(text.as_string());
    return texts;
}

std::string text_of(const json::value& value)
{
    return std::string(value.as_string());
}

std::optional<std::string> read(const files::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string listed(const std::set<std::string>& names)
{
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "all" : text;
}

std::string described(const Selection& selection)
{
    return std::string(name_of(selection.format)) + ", contexts: " + listed(selection.contexts) +
           ", types: " + listed(selection.types) + ", from: " + (selection.from.empty() ? "the first" : selection.from);
}

}  // namespace

std::string json_of(const Manifest& manifest)
{
    json::array reached;
    for (const auto& [place, to] : manifest.reached) {
        reached.push_back({{"topic", place.topic},
                           {"partition", place.partition},
                           {"next", to.next},
                           {"writer", events::to_string(to.rule.writer())},
                           {"commandOffset", to.rule.last_command_offset()},
                           {"sequence", to.rule.last_sequence()}});
    }
    json::array promised;
    for (const auto& [aside, name] : manifest.promised) promised.push_back({{"aside", aside}, {"name", name}});
    const auto& selection = manifest.selection;
    const json::object document{{"version", manifest_version},
                                {"format", name_of(selection.format)},
                                {"contexts", array_of(selection.contexts)},
                                {"types", array_of(selection.types)},
                                {"from", selection.from},
                                {"begins", manifest.begins ? events::to_iso8601(*manifest.begins) : ""},
                                {"events", manifest.events},
                                {"files", manifest.files},
                                {"reached", reached},
                                {"lastFiles", promised}};
    return json::serialize(document) + "\n";
}

Manifest manifest_of(std::string_view text)
{
    try {
        const auto document = json::parse(text);
        if (document.at("version").as_int64() != manifest_version) throw Refused("its manifest is of another version");
        const auto format = format_of(document.at("format").as_string());
        if (!format) throw Refused("its manifest names no format that this program knows");
        Manifest manifest{.selection = {*format, texts_of(document.at("contexts")), texts_of(document.at("types")),
                                        text_of(document.at("from"))}};
        manifest.begins = events::parse_iso8601(document.at("begins").as_string());
        manifest.events = document.at("events").as_int64();
        manifest.files = document.at("files").as_int64();
        for (const auto& to : document.at("reached").as_array()) {
            const auto writer = events::parse_uuid(to.at("writer").as_string());
            if (!writer) throw Refused("its manifest has a writer that is no id");
            manifest.reached[{text_of(to.at("topic")), static_cast<std::int32_t>(to.at("partition").as_int64())}] = {
                to.at("next").as_int64(), {*writer, to.at("commandOffset").as_int64(), to.at("sequence").as_int64()}};
        }
        for (const auto& file : document.at("lastFiles").as_array()) {
            manifest.promised.push_back({text_of(file.at("aside")), text_of(file.at("name"))});
        }
        return manifest;
    } catch (const Refused&) {
        throw;
    } catch (const std::exception& error) {
        throw Refused(std::string("its manifest cannot be read: ") + error.what());
    }
}

std::string file_name(const Table& table, std::int32_t partition, std::int64_t first, std::int64_t last, Format format)
{
    char range[64];
    std::snprintf(range, sizeof range, "/%d-%012lld-%012lld.", partition, static_cast<long long>(first),
                  static_cast<long long>(last));
    std::string name = table.folder;
    name += range;
    name += name_of(format);
    return name;
}

void check_same(const Manifest& manifest, const Selection& selection)
{
    if (manifest.selection == selection) return;
    throw Refused("it is an export of something else (" + described(manifest.selection) + "; asked for is " +
                  described(selection) + "); take another folder");
}

std::optional<Manifest> Folder::look(const files::path& path)
{
    if (const auto text = read(path / manifest_name)) return manifest_of(*text);
    if (!files::exists(path)) return std::nullopt;
    for (const auto& entry : files::directory_iterator(path)) {
        const auto name = entry.path().filename();
        // What an export has left that was stopped before its first manifest.
        if (name == lock_name || name == writing_name || name == std::string(manifest_name) + ".next") continue;
        throw Refused("it holds other things and no export; take another folder");
    }
    return std::nullopt;
}

Folder::Folder(files::path path, const Selection& selection, std::optional<events::Timestamp> begins)
    : path_(std::move(path)), writing_(path_ / writing_name)
{
    (void)look(path_);  // Not a file is made among other things.
    files::create_directories(path_);
    lock();
    try {
        const auto found = look(path_);
        if (found) check_same(*found, selection);
        files::create_directories(writing_);
        manifest_ = found.value_or(Manifest{.selection = selection, .begins = begins});
        keep_promises();
        for (const auto& entry : files::directory_iterator(writing_)) files::remove(entry.path());
        if (!found) replace(path_ / manifest_name, json_of(manifest_));
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

Folder::~Folder()
{
    ::close(lock_);
}

void Folder::lock()
{
    const auto name = path_ / lock_name;
    lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (lock_ < 0) throw std::system_error(errno, std::generic_category(), name.string());
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(lock_);
    throw Refused("another export is at work in it");
}

void Folder::take(const kafka::TopicPartition& partition, const Reached& reached, std::vector<Promised> promised,
                  std::int64_t events)
{
    const std::lock_guard lock(mutex_);
    if (!promised.empty()) keep_names(writing_);
    manifest_.reached[partition] = reached;
    manifest_.events += events;
    manifest_.files += std::ssize(promised);
    manifest_.promised = std::move(promised);
    replace(path_ / manifest_name, json_of(manifest_));
    keep_promises();
}

/// The promises of the next step take the place of these, so the names are on the disk when this returns.
void Folder::keep_promises()
{
    std::set<files::path> changed;
    for (const auto& [aside, name] : manifest_.promised) {
        const auto from = writing_ / aside;
        const auto to = path_ / name;
        if (!files::exists(from)) continue;  // It has its name. (A name aside is never used again.)
        for (auto made = to.parent_path(); made != path_ && !files::exists(made); made = made.parent_path()) {
            changed.insert(made.parent_path());
        }
        files::create_directories(to.parent_path());
        files::rename(from, to);
        changed.insert(to.parent_path());
    }
    for (const auto& folder : changed) keep_names(folder);
}

}  // namespace jangteo::ops::exporting
