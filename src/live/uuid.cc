#include "live/uuid.h"

#include <random>

namespace smyth::live {

UuidSource::UuidSource() {
  std::random_device device;
  state_ = (std::uint64_t{device()} << 32) | device();
}

std::uint64_t UuidSource::next() {  // SplitMix64
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::string UuidSource::make() {
  constexpr char digits[] = "0123456789abcdef";
  std::uint64_t high = next();
  std::uint64_t low = next();
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;                     // Version 4.
  low = (low & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);  // RFC 4122's variant.
  std::string text(36, '-');
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) ++at;
    const std::uint64_t half = nibble < 16 ? high : low;
    text[at++] = digits[(half >> (60 - 4 * (nibble % 16))) & 15];
  }
  return text;
}

}  // namespace smyth::live
