// Somebody who listens: server-sent events or lines over one connection, read when the test says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace jangteo::edge::testing {

struct StreamEvent {
    std::string id;
    std::string name;
    std::string data;
};

class StreamClient {
public:
    /// `receive_buffer`: of the socket, in bytes; 0: the system's.
    StreamClient(std::uint16_t port, const std::string& path, const std::string& token,
                 const std::vector<std::string>& headers = {"Accept: text/event-stream"}, int receive_buffer = 0);
    StreamClient(const StreamClient&) = delete;
    StreamClient& operator=(const StreamClient&) = delete;
    ~StreamClient();

    /// Reads what there is, waiting up to `wait` for the first of it.
    void pump(std::chrono::milliseconds wait);
    /// False: `holds` did not come true, or the stream ended before.
    bool until(const std::function<bool()>& holds, std::chrono::milliseconds longest = std::chrono::seconds{60});

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] const std::string& head() const { return head_; }
    /// Of an answer that is no stream.
    [[nodiscard]] const std::string& body() const { return body_; }
    [[nodiscard]] const std::vector<StreamEvent>& events() const { return events_; }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// As a browser keeps it: also of what had an id and no data.
    [[nodiscard]] const std::string& last_event_id() const { return last_id_; }
    [[nodiscard]] int retry_ms() const { return retry_ms_; }
    [[nodiscard]] bool closed() const { return closed_; }
    /// It ended with its last chunk, so nothing was torn off.
    [[nodiscard]] bool whole() const { return whole_; }

private:
    void read_chunks();
    void read_body();
    void read_line(const std::string& line);

    int socket_ = -1;
    std::string raw_;
    std::string head_;
    std::string body_;
    std::size_t at_ = 0;  ///< Of the body, what has been read as lines.
    int status_ = 0;
    bool chunked_ = false;
    bool lined_ = false;
    bool closed_ = false;
    bool whole_ = false;
    StreamEvent next_;
    bool has_data_ = false;
    std::string last_id_;
    int retry_ms_ = 0;
    std::vector<StreamEvent> events_;
    std::vector<std::string> lines_;
};

}  // namespace jangteo::edge::testing
