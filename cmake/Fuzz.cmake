# smyth_fuzzer(NAME module): NAME from fuzz/NAME.cc, with its seeds in fuzz/corpus/NAME.
function(smyth_fuzzer name)
  add_executable(fuzz_${name} ${name}.cc)
  list(TRANSFORM ARGN PREPEND smyth_)
  target_link_libraries(fuzz_${name} ${ARGN})
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endfunction()
