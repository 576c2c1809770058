#pragma once

#include "base/path_pattern.h"
#include "config/config.h"
#include "config/reader.h"

#include <toml++/toml.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smyth::config {

// Reads the tables of functions one after another and notes what is wrong with each and between
// them.
class FunctionReader {
 public:
  // `home` is where the server's settings stand, `env` the server's variables, `log` what its log
  // is like unless it says otherwise.
  FunctionReader(std::string home, const std::map<std::string, std::string>& env,
                 const LogSettings& log, Mistakes& mistakes)
      : home_(std::move(home)), env_(env), log_(log), mistakes_(mistakes) {}

  // The function as far as it is right.
  Function read(const toml::key& name, const toml::table& table);

 private:
  struct Route {
    std::string function;
    PathSyntax syntax;
    unsigned line;
  };
  void check_name(const toml::key& name);
  void read_handler_path(const TableReader& reader, Function& function);
  void read_url_path(const TableReader& reader, const toml::node* node, Function& function);

  std::string home_;
  const std::map<std::string, std::string>& env_;
  const LogSettings& log_;
  Mistakes& mistakes_;
  std::vector<Route> routes_;
};

}  // namespace smyth::config
