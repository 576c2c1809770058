#pragma once

#include "runtime/launch.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace smyth::runtime {

// The Node for code in a folder: that of npm's package `node` in the nearest `node_modules`
// upwards, else the `node` of `path` ($PATH). Empty: there is none.
std::filesystem::path find_node(const std::filesystem::path& code, std::string_view path);

// Node with our bootstrap, which waits for the start frame. `package` is the folder with the
// embedded files. Of a function's variables it gets those that Node reads before any JavaScript
// runs; the others, and the working folder, come with the frame.
Launch node_launch(const std::filesystem::path& node, const std::filesystem::path& package,
                   const std::map<std::string, std::string>& environ);

// Our program for Node that speaks the Runtime API and serves several invocations at once; its
// argument is the least level of log lines.
std::string managed_node(const std::filesystem::path& package);

}  // namespace smyth::runtime
