# NOODLE_SANITIZE picks one family for the whole build. The flags live on interface targets: noodle_sanitize for our
# code, noodle_sanitize_foreign for C that is not ours (undefined behaviour there is not ours to fix, memory errors are
# ours to see), because an uninstrumented half would hide errors from the instrumented one. noodle_sanitize_tables is
# for generated tables, which are only read: address puts guards around them, the others would only cost time.

set(NOODLE_SANITIZE "" CACHE STRING "Sanitizers: empty, address (with undefined), thread, or fuzzer (with both)")
set_property(CACHE NOODLE_SANITIZE PROPERTY STRINGS "" address thread fuzzer)

add_library(noodle_sanitize INTERFACE)
add_library(noodle_sanitize_foreign INTERFACE)
add_library(noodle_sanitize_tables INTERFACE)

set(tables "")
if(NOODLE_SANITIZE STREQUAL "address")
  set(ours -fsanitize=address,undefined -fno-sanitize-recover=all)
  set(foreign -fsanitize=address)
  set(tables -fsanitize=address)
  set(link -fsanitize=address,undefined)
elseif(NOODLE_SANITIZE STREQUAL "thread")
  set(ours -fsanitize=thread)
  set(foreign -fsanitize=thread)
  set(link -fsanitize=thread)
elseif(NOODLE_SANITIZE STREQUAL "fuzzer")
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "NOODLE_SANITIZE=fuzzer needs clang: add -DCMAKE_C_COMPILER=clang")
  endif()
  set(ours -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)
  set(foreign -fsanitize=address,fuzzer-no-link)
  set(tables -fsanitize=address)
  set(link -fsanitize=address,undefined)
elseif(NOT NOODLE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "NOODLE_SANITIZE is '${NOODLE_SANITIZE}'; it takes address, thread, fuzzer or nothing")
endif()

if(NOT NOODLE_SANITIZE STREQUAL "")
  target_compile_options(noodle_sanitize INTERFACE ${ours} -fno-omit-frame-pointer)
  target_compile_options(noodle_sanitize_foreign INTERFACE ${foreign} -fno-omit-frame-pointer)
  target_compile_options(noodle_sanitize_tables INTERFACE ${tables})
  target_link_options(noodle_sanitize INTERFACE ${link})
endif()
find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM AND CMAKE_C_COMPILER_ID MATCHES "Clang") # a third of the time, for each of many tests
  add_link_options(-fuse-ld=lld)
endif()
if(NOODLE_COVERAGE)
  target_compile_options(noodle_sanitize INTERFACE --coverage)
  target_link_options(noodle_sanitize INTERFACE --coverage)
endif()
