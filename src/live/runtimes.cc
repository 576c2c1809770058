#include "live/runtimes.h"

namespace smyth::live {

void Runtimes::start(EnvironmentId id, const runtime::StartSpec& spec) {
  const bool is_program = spec.kind == runtime::Kind::program;
  if (started_.size() <= id.index) started_.resize(id.index + 1, &python_);
  started_[id.index] = !is_program ? &python_ : spec.capacity > 1 ? &managed_ : &program_;
  started_[id.index]->start(id, spec);
}

runtime::Runtime& Runtimes::of(EnvironmentId id) {
  return id.index < started_.size() ? *started_[id.index] : python_;
}

}  // namespace smyth::live
