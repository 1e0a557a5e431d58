#include "ops/export/output.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>
#include <utility>

namespace jangteo::ops::exporting {

namespace {

constexpr std::size_t written_at_once = 256 << 10;
constexpr mode_t readable_by_group = 0640;

[[noreturn]] void fail(const std::filesystem::path& path)
{
    throw std::system_error(errno, std::generic_category(), path.string());
}

}  // namespace

Output::Output(std::filesystem::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, readable_by_group))
{
    if (file_ < 0) fail(path_);
}

Output::~Output()
{
    if (file_ >= 0) ::close(file_);
}

void Output::append(std::string_view bytes)
{
    waiting_ += bytes;
    size_ += std::ssize(bytes);
    if (waiting_.size() >= written_at_once) write_out();
}

void Output::finish()
{
    write_out();
    if (::fsync(file_) != 0) fail(path_);
    if (::close(std::exchange(file_, -1)) != 0) fail(path_);
}

void Output::write_out()
{
    for (std::string_view rest = waiting_; !rest.empty();) {
        const auto written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno != EINTR) fail(path_);
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    waiting_.clear();
}

void keep_names(const std::filesystem::path& folder)
{
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) fail(folder);
    const int outcome = ::fsync(opened);
    const int error = errno;
    ::close(opened);
    errno = error;
    if (outcome != 0) fail(folder);
}

void replace(const std::filesystem::path& path, std::string_view content)
{
    auto aside = path;
    aside += ".next";
    Output output(aside);
    output.append(content);
    output.finish();
    std::filesystem::rename(aside, path);
    keep_names(path.parent_path());
}

}  // namespace jangteo::ops::exporting
