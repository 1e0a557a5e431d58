// Files that are there after a crash: what is finished is on the disk, and a name changes from one whole file to another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace jangteo::ops::exporting {

/// A file that is written from its begin to its end. Everything throws std::system_error.
class Output {
public:
    explicit Output(std::filesystem::path path);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output();

    void append(std::string_view bytes);
    /// All of it is on the disk afterwards; its name may not be yet (`keep_names`).
    void finish();
    [[nodiscard]] std::int64_t size() const { return size_; }

private:
    void write_out();

    std::filesystem::path path_;
    int file_ = -1;
    std::int64_t size_ = 0;
    std::string waiting_;
};

/// What the names in the folder lead to is what they lead to after a crash. Throws std::system_error.
void keep_names(const std::filesystem::path& folder);

/// The file has the old content or the new, whenever the machine stops. Throws std::system_error.
void replace(const std::filesystem::path& path, std::string_view content);

}  // namespace jangteo::ops::exporting
