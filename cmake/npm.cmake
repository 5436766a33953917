# The tree-sitter core and the grammars come from npm packages, pinned with their hashes by package-lock.json.
# A stamp with the lock file's hash makes this free after the first time; the lock keeps two configures apart.

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/package-lock.json")

function(noodle_fetch_packages)
  set(stamp "${PROJECT_SOURCE_DIR}/node_modules/.noodle-lock-hash")
  file(SHA256 "${PROJECT_SOURCE_DIR}/package-lock.json" wanted)
  file(LOCK "${PROJECT_SOURCE_DIR}/.cache/npm.lock" GUARD FUNCTION TIMEOUT 600)
  set(present "")
  if(EXISTS "${stamp}")
    file(READ "${stamp}" present)
  endif()
  if(present STREQUAL wanted)
    return()
  endif()

  find_program(NPM_PROGRAM npm)
  if(NOT NPM_PROGRAM)
    message(FATAL_ERROR "npm is missing: it fetches the grammars. Install it (Debian: apt-get install npm) "
                        "or run ./dev setup.")
  endif()
  foreach(attempt first second)
    message(STATUS "Fetching tree-sitter and its grammars (npm ci, ${attempt} try)")
    execute_process(COMMAND "${NPM_PROGRAM}" ci --ignore-scripts --no-audit --no-fund
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(result EQUAL 0)
      file(WRITE "${stamp}" "${wanted}")
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "npm ci failed (${result}); is there a network, or a configured npm registry?\n${output}")
endfunction()

noodle_fetch_packages()
