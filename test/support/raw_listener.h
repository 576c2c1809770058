#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smyth {

// A server of whatever protocol: it keeps what its clients send, and answers each piece of it with
// the same text. It reads only while it may.
class RawListener {
 public:
  explicit RawListener(boost::asio::io_context& loop)
      : acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const std::vector<std::string>& received() const { return received_; }  // By connection.
  void set_answer(std::string answer) { answer_ = std::move(answer); }
  void set_reads(bool reads) { reads_ = reads; }
  void close_connections() { clients_.clear(); }
  void close() {
    acceptor_.close();
    close_connections();
  }

 private:
  struct Client {
    boost::asio::ip::tcp::socket socket;
    std::size_t number;
    std::array<char, 4096> bytes{};
  };

  void accept() {
    acceptor_.async_accept(
        [this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
          if (error) return;
          // Owned here, and by the read that waits.
          clients_.push_back(std::make_shared<Client>(std::move(socket), received_.size()));
          received_.emplace_back();
          if (reads_) read(clients_.back());
          accept();
        });
  }

  void read(const std::shared_ptr<Client>& client) {
    client->socket.async_read_some(
        boost::asio::buffer(client->bytes),
        [this, weak = std::weak_ptr(client)](boost::system::error_code error, std::size_t count) {
          const auto reader = weak.lock();
          if (error || !reader) return;
          received_[reader->number].append(reader->bytes.data(), count);
          boost::system::error_code ignored;
          if (!answer_.empty()) reader->socket.write_some(boost::asio::buffer(answer_), ignored);
          read(reader);
        });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::vector<std::string> received_;
  std::string answer_;
  bool reads_ = true;
};

}  // namespace smyth
