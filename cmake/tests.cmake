# Tests are found by their names; a new file needs no edit here.
#
#   tests/LABEL/{test,prop,fault,golden,lsp,client}_*.c    a cmocka executable, linked with the folders it includes
#   tests/LABEL/{test,prop,fault,golden,lsp,client}_*.py   run by python3;   *.sh by bash
#   tests/tidy/*.py, *.sh                                  likewise, whatever their names
#   tests/model/test_*.py                                  of training, run by Debian's python3; not under sanitizers
#   tests/fuzz/fuzz_NAME.c                                 LLVMFuzzerTestOneInput; corpus in tests/fuzz/corpus/NAME/
#   tests/support/*.c                                      a library for all of them
#
# Each is one CTest with its folder's name as label, started in the root of the sources. The environment has NOODLE_LSP
# (the program) and NOODLE_BUILD_DIR; exit code 77 means skipped. Tests that run threads get the label `threads` too, by
# this pattern of names:

set(thread_test_pattern "threads|concurrent|pool|inbox|cancel|scheduler|server|session|meter|log")
set(test_labels unit property fault golden lsp cli clients eval)
set(test_timeout_s 300)

# The interpreter itself, not what finds it in PATH; find_package asks it a dozen questions that nobody has.
find_program(PYTHON_PROGRAM python3)
if(PYTHON_PROGRAM)
  execute_process(COMMAND "${PYTHON_PROGRAM}" -c "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')"
                  OUTPUT_VARIABLE python OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT python)
  message(FATAL_ERROR "Python 3.9 or newer is missing, which the tests need. Install it (Debian: apt-get install python3) or run ./dev setup.")
endif()

# Links a test with the folders whose headers its sources include, so that a change in lsp/ relinks no test of analysis/.
function(noodle_link_included target)
  foreach(source IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    file(STRINGS "${source}" includes REGEX "^#include \"[a-z]+/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([a-z]+)/.*" "\\1" folder "${include}")
      if(folder STREQUAL "tests")
        if(TARGET noodle_support AND NOT target STREQUAL "noodle_support")
          target_link_libraries(${target} PRIVATE noodle_support)
        endif()
      else()
        target_link_libraries(${target} PRIVATE noodle_${folder})
      endif()
    endforeach()
  endforeach()
  target_link_libraries(${target} PRIVATE noodle::cmocka noodle::json noodle::uv noodle::sqlite noodle::hiredis)
endfunction()

file(GLOB sources CONFIGURE_DEPENDS tests/support/*.c)
if(sources)
  add_library(noodle_support STATIC ${sources})
  noodle_ours(noodle_support)
  noodle_link_included(noodle_support ${sources})
endif()

function(noodle_add_test name label)
  set(labels ${label})
  if(name MATCHES "${thread_test_pattern}")
    list(APPEND labels threads)
  endif()
  if(TARGET ${name})
    foreach(each IN LISTS labels)
      set_property(GLOBAL APPEND PROPERTY noodle_${each}_targets ${name})
    endforeach()
  endif()
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  # Tests run what they test; those of the cache turn it on.
  set(environment "NOODLE_SYNTAX_FIXER_CACHE_SIZE=0" "NOODLE_BUILD_DIR=${PROJECT_BINARY_DIR}" "NOODLE_SANITIZE=${NOODLE_SANITIZE}"
      "PYTHONDONTWRITEBYTECODE=1" "UBSAN_OPTIONS=print_stacktrace=1"
      "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
  if(TARGET noodle-lsp)
    list(APPEND environment "NOODLE_LSP=$<TARGET_FILE:noodle-lsp>")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77 TIMEOUT ${test_timeout_s}
                       ENVIRONMENT "${environment}")
endfunction()

function(noodle_add_scripts label)
  foreach(script IN LISTS ARGN)
    get_filename_component(name "${script}" NAME_WE)
    if(script MATCHES "\\.py$")
      noodle_add_test(${name} ${label} "${python}" "${script}")
    else()
      noodle_add_test(${name} ${label} bash "${script}")
    endif()
  endforeach()
endfunction()

foreach(label IN LISTS test_labels)
  foreach(prefix test prop fault golden lsp client)
    file(GLOB sources CONFIGURE_DEPENDS tests/${label}/${prefix}_*.c)
    foreach(source IN LISTS sources)
      get_filename_component(name "${source}" NAME_WE)
      add_executable(${name} "${source}")
      noodle_ours(${name})
      noodle_link_included(${name} "${source}")
      set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
      noodle_add_test(${name} ${label} ${name})
    endforeach()
    file(GLOB scripts CONFIGURE_DEPENDS tests/${label}/${prefix}_*.py tests/${label}/${prefix}_*.sh)
    noodle_add_scripts(${label} ${scripts})
  endforeach()
endforeach()
file(GLOB scripts CONFIGURE_DEPENDS tests/tidy/*.py tests/tidy/*.sh)
noodle_add_scripts(tidy ${scripts})

# Training is Python alone: once is enough, with the interpreter that Debian's numpy and torch belong to.
if(NOODLE_SANITIZE STREQUAL "")
  find_program(DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
  if(NOT DEBIAN_PYTHON)
    set(DEBIAN_PYTHON "${python}")
  endif()
  file(GLOB scripts CONFIGURE_DEPENDS tests/model/test_*.py)
  foreach(script IN LISTS scripts)
    get_filename_component(name "${script}" NAME_WE)
    noodle_add_test(${name} model ${DEBIAN_PYTHON} "${script}")
  endforeach()
endif()

# Fuzzers. With libFuzzer a CTest fuzzes for fuzz_seconds; elsewhere it replays the corpus.
set(fuzz_seconds 30)
file(GLOB sources CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)
foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "^fuzz_" "" short "${name}")
  set(corpus "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${short}")
  add_executable(${name} "${source}")
  noodle_ours(${name})
  noodle_link_included(${name} "${source}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(NOODLE_SANITIZE STREQUAL "fuzzer")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    noodle_add_test(${name} fuzz "${PROJECT_SOURCE_DIR}/tests/fuzz/run.sh" $<TARGET_FILE:${name}> "${corpus}"
                    "${PROJECT_BINARY_DIR}/fuzz" ${fuzz_seconds})
  else()
    target_sources(${name} PRIVATE tests/fuzz/replay_main.c)
    noodle_add_test(${name} fuzz ${name} "${corpus}")
  endif()
endforeach()

# What ThreadSanitizer and the fuzzers run is a part of all tests; their builds make no more than that.
foreach(label threads fuzz)
  get_property(targets GLOBAL PROPERTY noodle_${label}_targets)
  add_custom_target(tests_${label} DEPENDS ${targets})
endforeach()
add_dependencies(tests_threads noodle-lsp)
