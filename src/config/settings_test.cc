#include "config/settings.h"

#include "config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace smyth::config {
namespace {

// A configuration in which one setting has this value.
std::expected<Config, std::vector<Mistake>> with(const Setting& setting, std::string_view value) {
  const std::string line = std::string(setting.name) + " = " + std::string(value) + "\n";
  std::string text;
  if (setting.where == Where::server) text += line;
  if (setting.name != "handlers") text += "[handlers.f]\n";
  if (setting.name != "handlers" && setting.name != "handler_path")
    text += "handler_path = \"m.f\"\n";
  if (setting.where == Where::function) text += line;
  if (setting.where == Where::simulate) text += "[handlers.f.simulate]\n" + line;
  if (setting.where == Where::account) text += "[account]\n" + line;
  return parse(text, "/p/smyth.toml");
}

TEST(Settings, HaveTheDefaultsThatTheTableSays) {
  const std::string function = "[handlers.f]\nhandler_path = \"m.f\"\n";
  const auto plain = parse(function, "/p/smyth.toml");
  const auto of_account = parse(function + "[account]\n", "/p/smyth.toml");
  ASSERT_TRUE(plain);
  ASSERT_TRUE(of_account);
  for (const Setting& setting : settings()) {
    if (setting.default_value.empty()) continue;
    const auto config = with(setting, setting.default_value);
    ASSERT_TRUE(config) << setting.name << ": " << config.error().front().message;
    EXPECT_EQ(*config, setting.where == Where::account ? *of_account : *plain) << setting.name;
  }
}

TEST(Settings, HaveSamplesThatWork) {
  for (const Setting& setting : settings()) {
    ASSERT_FALSE(setting.sample().empty()) << setting.name;
    const auto config = with(setting, setting.sample());
    EXPECT_TRUE(config) << setting.name << ": " << config.error().front().message;
    if (setting.example.empty()) continue;
    EXPECT_TRUE(with(setting, setting.example)) << setting.name;
  }
}

TEST(Settings, AreAllReadByTheParser) {
  for (const Setting& setting : settings()) {
    const auto config = with(setting, "2000-01-01");  // A date is right for none.
    ASSERT_FALSE(config) << setting.name;
    const bool is_told = std::ranges::any_of(config.error(), [&](const Mistake& mistake) {
      return mistake.message.starts_with("`" + std::string(setting.name) + "`") &&
             mistake.message.ends_with("not a date or time");
    });
    EXPECT_TRUE(is_told) << setting.name;
  }
}

TEST(Settings, StandInTheirPageAsInTheCode) {
  std::ifstream in("docs/settings.md");
  ASSERT_TRUE(in);
  const std::string page(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(page, settings_page()) << "write what the code says into docs/settings.md";
}

}  // namespace
}  // namespace smyth::config
