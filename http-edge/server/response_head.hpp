// The lines before an answer's body.
#pragma once

#include "http-edge/server/http.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace jangteo::edge {

/// How the caller knows where an answer ends, and whether the connection goes on.
struct Ending {
    bool close = false;
    bool http_1_0 = false;
};

/// Used by one thread.
class ResponseHead {
public:
    /// A response that goes on (`Response::stream`) has no length: it ends with its last chunk, or with the connection
    /// for a caller of HTTP/1.0.
    void append(std::string& to, const Response& response, Ending ending);

private:
    std::string_view date();

    // The date changes once a second.
    std::time_t second_ = -1;
    char text_[40]{};
    std::size_t size_ = 0;
};

}  // namespace jangteo::edge
