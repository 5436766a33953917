# The kernels of compute/, each compiled for the instructions in its name; the program asks the CPU before it calls one.
# They are optimised in every build, because without that they take a hundred times as long.

set(kernels_of_other_machines "")
set(kernel_avx2_flags -mavx2 -mfma)
set(kernel_avx2_int8_flags ${kernel_avx2_flags})
set(kernel_avxvnni_flags ${kernel_avx2_flags} -mavxvnni)
set(kernel_avx512_flags ${kernel_avx2_flags} -mavx512f -mavx512bw -mavx512vl -mavx512vnni)

foreach(kernel avx2 avx2_int8 avxvnni avx512)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set_source_files_properties("${PROJECT_SOURCE_DIR}/compute/kernel_${kernel}.c" PROPERTIES
                                COMPILE_OPTIONS "-O3;${kernel_${kernel}_flags}")
  else()
    list(APPEND kernels_of_other_machines compute/kernel_${kernel}.c)
  endif()
endforeach()
set_source_files_properties("${PROJECT_SOURCE_DIR}/compute/kernel_ref.c" PROPERTIES COMPILE_OPTIONS "-O3")
