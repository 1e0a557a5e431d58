// The viewer that /docs shows the OpenAPI document with: Swagger UI, from the package registry (http-edge/docs/viewer), read
// once at the start. Nobody else's address is in the page.
#pragma once

#include <string>

namespace jangteo::edge::docs {

struct Viewer {
    std::string folder;  ///< Where it was looked for.
    std::string script;  ///< Empty: it is not there.
    std::string style;

    [[nodiscard]] bool complete() const { return !script.empty() && !style.empty(); }
};

/// `folder` is that of the package; one without the package is no error, /docs says so.
Viewer read_viewer(const std::string& folder);

}  // namespace jangteo::edge::docs
