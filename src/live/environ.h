#pragma once

#include "config/config.h"
#include "front/invoke_api.h"

#include <map>
#include <string>

namespace smyth::live {

using Environ = std::map<std::string, std::string>;

// The variables that this process was started with.
Environ own_environ();

// What the variables of an environment are made from.
struct EnvironSources {
  const Environ& shell;  // The server's own.
  const Environ& env_file;
  front::Account account;
  std::string endpoint_url;   // This server's Invoke API; empty: `lambda_endpoint = false`.
  std::string task_root;      // Project folder.
  bool has_credentials_file;  // ~/.aws/credentials or ~/.aws/config stands there.
};

// A function's environment variables: its own `env`, then `[tool.smyth].env`, then the env file,
// then the shell's, then Lambda's defaults. What says who the function is never comes from the
// shell. Credentials that mean nothing are set only where the user has none of their own: they
// would mask a profile.
Environ function_environ(const config::Function& function, const EnvironSources& sources);

// Whether the user keeps AWS credentials in the usual files.
bool has_credentials_file(const Environ& shell);

}  // namespace smyth::live
