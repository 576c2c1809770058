#include "front/listen.h"

#include "front/linux_port_owner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace smyth::front {
namespace {

int family_of(const UniqueFd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family;
}

bool has_ipv6() { return listen_on("::1", 0).has_value(); }

std::string own_name() {
  std::ifstream comm("/proc/self/comm");
  std::string name;
  std::getline(comm, name);
  return name;
}

TEST(Listen, BindsAFreePort) {
  const auto listening = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(listening) << listening.error().message;
  EXPECT_NE(listening->port, 0);
  ASSERT_EQ(listening->sockets.size(), 1u);
  EXPECT_NE(::fcntl(listening->sockets[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(listening->sockets[0].get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Listen, BindsAllFamiliesOfAName) {
  const auto listening = listen_on("localhost", 0);
  ASSERT_TRUE(listening) << listening.error().message;
  if (listening->sockets.size() == 2) {
    EXPECT_NE(family_of(listening->sockets[0]), family_of(listening->sockets[1]));
  }
  EXPECT_GE(listening->sockets.size(), 1u);
  const auto taken = listen_on("127.0.0.1", listening->port);
  EXPECT_FALSE(taken) << "the port is the same in both";
}

TEST(Listen, BindsIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto listening = listen_on("::1", 0);
  ASSERT_TRUE(listening);
  EXPECT_EQ(family_of(listening->sockets[0]), AF_INET6);
  EXPECT_TRUE(listen_on("127.0.0.1", listening->port)) << "::1 leaves IPv4 alone";
  const auto taken = listen_on("::1", listening->port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message,
            "cannot listen on [::1]:" + std::to_string(listening->port) + ": address in use");
}

TEST(Listen, SaysWhoHasThePort) {
  const auto listening = listen_on("127.0.0.1", 0);
  const auto taken = listen_on("127.0.0.1", listening->port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::failed);
  EXPECT_EQ(taken.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(listening->port) + ": address in use");
  EXPECT_EQ(taken.error().hint, "`" + own_name() + "` (pid " + std::to_string(::getpid()) +
                                    ") has it: stop it or use `--port`");
}

TEST(Listen, FindsNoOwnerOfAFreePort) {
  auto listening = listen_on("127.0.0.1", 0);
  const std::uint16_t port = listening->port;
  const auto owner = find_port_owner(port);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, ::getpid());
  listening->sockets.clear();
  EXPECT_FALSE(find_port_owner(port));
}

TEST(Listen, ExplainsWhatItCannotBind) {
  const auto unknown = listen_on("no-such-host.invalid", 0);
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.starts_with("cannot listen on `no-such-host.invalid`: "));
  EXPECT_FALSE(unknown.error().hint.empty());
  const auto foreign = listen_on("198.51.100.1", 8080);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message, "cannot listen on 198.51.100.1:8080: address not available");
  EXPECT_FALSE(foreign.error().hint.empty());
}

}  // namespace
}  // namespace smyth::front
