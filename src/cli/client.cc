#include "cli/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace smyth::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::string reachable(const std::string& host) {
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Error no_server(const std::string& where, const boost::system::error_code& error) {
  return {ErrorCode::failed, fmt::format("no server answers on {}: {}", where, error.message()),
          "start it with `smyth run`, or name its `--port`"};
}

Error silent(const std::string& where) {
  return {ErrorCode::failed, fmt::format("the server on {} does not answer", where),
          "it may be stopped (Ctrl-Z), or something else listens there"};
}

Error broken(const boost::system::error_code& error) {
  return {ErrorCode::failed, fmt::format("the server's answer broke off: {}", error.message()),
          "its output says what happened"};
}

http::request<http::string_body> make_request(const Call& call, const std::string& authority) {
  http::request<http::string_body> request;
  request.method_string(call.method);
  request.target(call.target);
  request.set(http::field::host, authority);
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : call.headers) request.set(name, value);
  request.body() = call.body;
  request.prepare_payload();
  return request;
}

}  // namespace

Result<Reply> call(const Address& address, const Call& call) {
  asio::io_context loop;
  boost::beast::tcp_stream stream(loop);
  if (call.patience) stream.expires_after(*call.patience);
  boost::system::error_code error;
  // Only operations that the loop runs end with the patience.
  const auto end = [&](const boost::system::error_code& ended, const auto&...) { error = ended; };
  const auto run = [&] {
    loop.restart();
    loop.run();
    return error == boost::beast::error::timeout;
  };
  const std::string host = reachable(address.host);
  const std::string where = fmt::format("{}:{}", host, address.port);
  asio::ip::tcp::resolver resolver(loop);
  const auto found = resolver.resolve(host, std::to_string(address.port), error);
  if (error) return std::unexpected(no_server(where, error));
  stream.async_connect(found, end);
  if (run()) return std::unexpected(silent(where));
  if (error) return std::unexpected(no_server(where, error));

  const bool is_v6 = host.find(':') != std::string::npos;
  const auto request =
      make_request(call, is_v6 ? fmt::format("[{}]:{}", host, address.port) : where);
  http::async_write(stream, request, end);
  if (run()) return std::unexpected(silent(where));
  if (error) return std::unexpected(broken(error));

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  http::async_read(stream, buffer, parser, end);
  if (run()) return std::unexpected(silent(where));
  if (error) return std::unexpected(broken(error));
  http::response<http::string_body> response = parser.release();
  Reply reply{.status = response.result_int(), .headers = {}, .body = std::move(response.body())};
  for (const auto& field : response) {
    reply.headers.emplace(lower(std::string(field.name_string())), std::string(field.value()));
  }
  return reply;
}

}  // namespace smyth::cli
