#include "tests/unit/consumers/loopback_server.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace jangteo::consumers::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp;

LoopbackServer::Peer::Peer(LoopbackServer& server, tcp::socket socket, int number)
    : server_(server), socket_(std::move(socket)), number_(number)
{
    const std::lock_guard lock(server_.mutex_);
    server_.open_.insert(socket_.native_handle());
    if (server_.ending_) ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

bool LoopbackServer::Peer::read()
{
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    buffer.commit(asio::buffer_copy(buffer.prepare(unread_.size()), asio::buffer(unread_)));
    http::request_parser<http::string_body> parser;
    parser.body_limit(16U * 1'048'576U);
    http::read(socket_, buffer, parser, error);
    if (error) return false;
    unread_.assign(static_cast<const char*>(buffer.data().data()), buffer.size());
    const auto& message = parser.get();
    ReceivedRequest received{message.method_string(), message.target(), {}, message.body()};
    for (const auto& field : message) received.headers.emplace(field.name_string(), field.value());
    const std::lock_guard lock(server_.mutex_);
    server_.requests_.push_back(std::move(received));
    return true;
}

void LoopbackServer::Peer::send(std::string_view bytes)
{
    boost::system::error_code error;  // The other side may have had enough.
    asio::write(socket_, asio::buffer(bytes), error);
}

bool LoopbackServer::Peer::answer(std::string_view body)
{
    if (!read()) return false;
    send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    return true;
}

void LoopbackServer::Peer::wait_for_the_end()
{
    boost::system::error_code error;
    char bytes[1024];
    while (!error) socket_.read_some(asio::buffer(bytes), error);
}

void LoopbackServer::Peer::close()
{
    if (!std::exchange(open_, false)) return;
    const std::lock_guard lock(server_.mutex_);
    server_.open_.erase(socket_.native_handle());
    boost::system::error_code error;
    socket_.close(error);
    ++server_.closed_;
    server_.closed_one_.notify_all();
}

void LoopbackServer::Peer::reset()
{
    socket_.set_option(asio::socket_base::linger(true, 0));
    close();
}

LoopbackServer::LoopbackServer(Serve serve)
    : serve_(std::move(serve)),
      acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
      acceptor_thread_([this] { accept_all(); })
{}

LoopbackServer::~LoopbackServer()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    acceptor_thread_.join();
    threads_.clear();
}

void LoopbackServer::accept_all()
{
    for (;;) {
        boost::system::error_code error;
        tcp::socket socket(io_);
        acceptor_.accept(socket, error);
        if (error) return;
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([this, number = ++connections_, accepted = std::move(socket)]() mutable {
            Peer peer(*this, std::move(accepted), number);
            serve_(peer);
        });
    }
}

std::string LoopbackServer::url(std::string_view path, std::string_view scheme) const
{
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
           std::string(path);
}

std::vector<ReceivedRequest> LoopbackServer::requests() const
{
    const std::lock_guard lock(mutex_);
    return requests_;
}

int LoopbackServer::connections() const
{
    const std::lock_guard lock(mutex_);
    return connections_;
}

bool LoopbackServer::has_closed(int connections) const
{
    std::unique_lock lock(mutex_);
    return closed_one_.wait_for(lock, 20s, [&] { return closed_ >= connections; });
}

std::uint16_t free_port()
{
    asio::io_context io;
    return tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
}

}  // namespace jangteo::consumers::testing
