# smyth_fuzzer(NAME module...): fuzz_NAME from fuzz/NAME.cc, with its seeds in fuzz/corpus/NAME. The target
# `fuzzers` is all of them.
add_custom_target(fuzzers)
function(smyth_fuzzer name)
  add_executable(fuzz_${name} ${name}.cc)
  list(TRANSFORM ARGN PREPEND smyth_)
  target_link_libraries(fuzz_${name} ${ARGN})
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers fuzz_${name})
endfunction()
