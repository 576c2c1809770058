#include "live/runtimes.h"

namespace smyth::live {

void Runtimes::start(EnvironmentId id, const runtime::StartSpec& spec) {
  if (kinds_.size() <= id.index) kinds_.resize(id.index + 1);
  kinds_[id.index] = spec.kind;
  of(id).start(id, spec);
}

runtime::Runtime& Runtimes::of(EnvironmentId id) {
  const bool is_program = id.index < kinds_.size() && kinds_[id.index] == runtime::Kind::program;
  return is_program ? program_ : python_;
}

}  // namespace smyth::live
