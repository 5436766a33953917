# The shaders of shaders/ as arrays of words in compute/: compiled by glslc when the program is built, never committed.

find_program(GLSLC_PROGRAM glslc)
if(NOT GLSLC_PROGRAM)
  message(FATAL_ERROR "glslc is missing: it compiles the shaders. Install it (Debian: apt-get install glslc) or run ./dev setup.")
endif()
find_path(VULKAN_HEADERS vulkan/vulkan_core.h)
if(NOT VULKAN_HEADERS)
  message(FATAL_ERROR "vulkan/vulkan_core.h is missing. Install it (Debian: apt-get install libvulkan-dev) or run ./dev setup.")
endif()

set(shader_arrays "")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/shaders")

# NAME is that of the array, vk_shader_NAME; what follows are macros for the source.
function(noodle_shader name source)
  set(words "${PROJECT_BINARY_DIR}/shaders/${name}.words")
  set(array "${PROJECT_BINARY_DIR}/shaders/vk_shader_${name}.c")
  list(TRANSFORM ARGN PREPEND "-D" OUTPUT_VARIABLE macros)
  add_custom_command(
    OUTPUT "${array}"
    COMMAND "${GLSLC_PROGRAM}" --target-env=vulkan1.1 -O -Werror ${macros} -MD -MF "${words}.d" -MT "${array}"
            -mfmt=num -o "${words}" "${PROJECT_SOURCE_DIR}/shaders/${source}"
    COMMAND "${CMAKE_COMMAND}" "-DNAME=vk_shader_${name}" "-DWORDS=${words}" "-DARRAY=${array}"
            -P "${PROJECT_SOURCE_DIR}/cmake/shader_array.cmake"
    DEPENDS "${PROJECT_SOURCE_DIR}/shaders/${source}" "${PROJECT_SOURCE_DIR}/cmake/shader_array.cmake"
    DEPFILE "${words}.d"
    COMMENT "Shader ${name}"
    VERBATIM)
  set(shader_arrays ${shader_arrays} "${array}" PARENT_SCOPE)
endfunction()

noodle_shader(embed embed.comp)
noodle_shader(norm norm.comp)
noodle_shader(quantise quantise.comp)
noodle_shader(linear_fp32 linear.comp)
noodle_shader(linear_fp16 linear.comp HALF_WEIGHTS)
noodle_shader(linear_int8 linear_int8.comp)
noodle_shader(linear_int8_dot linear_int8.comp DOT_PRODUCT)
noodle_shader(attention attention.comp)
noodle_shader(gaps gaps.comp)
noodle_shader(log_softmax log_softmax.comp)
noodle_shader(mean_dot mean_dot.comp)
