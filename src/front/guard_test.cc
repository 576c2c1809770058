#include "front/guard.h"

#include <gtest/gtest.h>

#include <vector>

namespace smyth::front {
namespace {

struct Asked {
  std::vector<HeaderField> fields;
  HttpRequest request;
  explicit Asked(std::vector<HeaderField> headers, unsigned version = 11)
      : fields(std::move(headers)) {
    request.version = version;
    request.headers = fields;
  }
};

bool serves(const Guard& guard, std::string_view host) {
  const Asked asked({{"X", "y"}, {"host", host}});
  const auto refused = guard.refuse_host(asked.request);
  if (refused) {
    EXPECT_EQ(refused->status, 421u);
    EXPECT_TRUE(refused->body.starts_with(R"({"message":")"));
  }
  return !refused;
}

bool admits(const Guard& guard, std::string_view host, std::vector<std::string_view> origins) {
  std::vector<HeaderField> fields{{"Host", host}};
  for (const std::string_view origin : origins) fields.push_back({"ORIGIN", origin});
  const Asked asked(fields);
  const auto refused = guard.refuse_origin(asked.request);
  if (refused) EXPECT_EQ(refused->status, 403u);
  return !refused;
}

TEST(Guard, ServesLoopbackHosts) {
  const Guard guard({.bound_host = "127.0.0.1"});
  for (const char* host :
       {"localhost", "localhost:8080", "LocalHost", "localhost.", "localhost.:80",
        "localhost:", "orders.localhost", "a.b.LOCALHOST.:1", "127.0.0.1", "127.0.0.1:8080",
        "127.1.2.3", "127.0.0.1.", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]:80", "[::FFFF:7f00:1]"}) {
    EXPECT_TRUE(serves(guard, host)) << host;
  }
}

TEST(Guard, RefusesOtherHosts) {
  const Guard guard({.bound_host = "127.0.0.1"});
  for (const char* host : {"",
                           ":8080",
                           ".",
                           "evil.example",
                           "evil.example:8080",
                           "localhost.evil.example",
                           "localhost..",
                           "evillocalhost",
                           "127.0.0.1.evil.example",
                           "128.0.0.1",
                           "2130706433",
                           "0x7f000001",
                           "0x7f.1",
                           "127.1",
                           "0177.0.0.1",
                           "127.0.0.01",
                           "127.0.0.1:80:80",
                           "localhost:80a",
                           "localhost:-1",
                           "::1",
                           "[::1",
                           "[::1]x",
                           "[::2]",
                           "[::1]:x",
                           "[127.0.0.1]",
                           "[::ffff:128.0.0.1]",
                           "0.0.0.0",
                           "[::]",
                           "192.168.0.1",
                           "localhost,evil.example",
                           "127.0.0.1%00.evil"}) {
    EXPECT_FALSE(serves(guard, host)) << host;
  }
}

TEST(Guard, ServesTheBoundHost) {
  EXPECT_TRUE(serves(Guard({.bound_host = "192.168.0.7"}), "192.168.0.7:8080"));
  EXPECT_FALSE(serves(Guard({.bound_host = "192.168.0.7"}), "192.168.0.8"));
  EXPECT_TRUE(serves(Guard({.bound_host = "Dev.Example"}), "dev.example:80"));
  EXPECT_TRUE(serves(Guard({.bound_host = "fd00::7"}), "[fd00:0::7]:80"));
  EXPECT_FALSE(serves(Guard({.bound_host = "fd00::7"}), "[fd00::8]"));
}

TEST(Guard, ServesOwnAddressesWhereBoundToAll) {
  for (const char* wildcard : {"0.0.0.0", "::"}) {
    const Guard guard({.bound_host = wildcard});
    EXPECT_TRUE(serves(guard, "127.0.0.1"));  // The interface that every machine has.
    EXPECT_FALSE(serves(guard, "198.51.100.1"));
    EXPECT_FALSE(serves(guard, "0.0.0.0"));
    EXPECT_FALSE(serves(guard, "evil.example"));
  }
}

TEST(Guard, ServesAllowedHosts) {
  const Guard guard(
      {.bound_host = "127.0.0.1", .allowed_hosts = {"Dev.Example", "tunnel:8443", "198.51.100.1"}});
  EXPECT_TRUE(serves(guard, "dev.example"));
  EXPECT_TRUE(serves(guard, "DEV.example.:81"));
  EXPECT_TRUE(serves(guard, "tunnel:8443"));
  EXPECT_TRUE(serves(guard, "198.51.100.1:5"));
  EXPECT_FALSE(serves(guard, "tunnel:8444"));
  EXPECT_FALSE(serves(guard, "x.dev.example"));
}

// No browser speaks HTTP/1.0, which needs no Host.
TEST(Guard, ServesRequestsWithoutHostOnlyInHttp10) {
  const Guard guard({.bound_host = "127.0.0.1"});
  EXPECT_FALSE(guard.refuse_host(Asked({}, 10).request));
  EXPECT_TRUE(guard.refuse_host(Asked({}, 11).request));
  EXPECT_TRUE(guard.refuse_host(Asked({{"Host", ""}}, 10).request));
}

TEST(Guard, AdmitsItsOwnPages) {
  const Guard guard({.bound_host = "127.0.0.1", .allowed_hosts = {"dev.example"}});
  EXPECT_TRUE(admits(guard, "localhost:8080", {}));
  EXPECT_TRUE(admits(guard, "localhost:8080", {"http://localhost:8080"}));
  EXPECT_TRUE(admits(guard, "LOCALHOST:8080", {"HTTP://localhost:8080"}));
  EXPECT_TRUE(admits(guard, "[::1]:8080", {"http://[::1]:8080"}));
  EXPECT_TRUE(admits(guard, "dev.example", {"http://dev.example"}));
}

TEST(Guard, RefusesOtherPages) {
  const Guard guard({.bound_host = "127.0.0.1", .allowed_hosts = {"dev.example"}});
  for (const char* origin :
       {"null", "", "http://localhost", "http://localhost:8081", "https://localhost:8080",
        "http://127.0.0.1:8080", "http://evil.example", "http://localhost:8080.evil.example",
        "http://dev.example", "localhost:8080", "http://"}) {
    EXPECT_FALSE(admits(guard, "localhost:8080", {origin})) << origin;
  }
  EXPECT_FALSE(admits(guard, "evil.example", {"http://evil.example"})) << "a host that is not ours";
  EXPECT_FALSE(admits(guard, "localhost:8080", {"http://localhost:8080", "http://evil.example"}));
  EXPECT_FALSE(admits(guard, "", {"http://"}));
}

TEST(Guard, AdmitsAllowedOrigins) {
  const Guard guard({.bound_host = "127.0.0.1",
                     .allowed_origins = {"https://App.example", "http://localhost:3000"}});
  EXPECT_TRUE(admits(guard, "localhost:8080", {"https://app.example"}));
  EXPECT_TRUE(admits(guard, "localhost:8080", {"http://localhost:3000"}));
  EXPECT_FALSE(admits(guard, "localhost:8080", {"http://app.example"}));
  EXPECT_FALSE(admits(guard, "localhost:8080", {"https://app.example:444"}));
  EXPECT_FALSE(serves(guard, "app.example")) << "origins are no hosts";
}

}  // namespace
}  // namespace smyth::front
