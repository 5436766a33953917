# What comes from the system, each found once, with the package to install when it is missing.

find_package(PkgConfig)
if(NOT PkgConfig_FOUND)
  message(FATAL_ERROR "pkg-config is missing. Install it (Debian: apt-get install pkg-config) or run ./dev setup.")
endif()

function(noodle_require target module package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
  if(NOT ${target}_FOUND)
    message(FATAL_ERROR "${module} is missing. Install it (Debian: apt-get install ${package}) or run ./dev setup.")
  endif()
  add_library(noodle::${target} ALIAS PkgConfig::${target})
endfunction()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
noodle_require(uv libuv libuv1-dev)
noodle_require(json json-c libjson-c-dev)
noodle_require(xxhash libxxhash libxxhash-dev)
noodle_require(sqlite sqlite3 libsqlite3-dev)
if(NOODLE_TESTS)
  noodle_require(cmocka cmocka libcmocka-dev)
endif()
