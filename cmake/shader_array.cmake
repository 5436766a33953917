# cmake -DNAME=N -DWORDS=FILE -DARRAY=FILE -P shader_array.cmake: the words that glslc -mfmt=num printed, as a C array.

file(READ "${WORDS}" words)
file(WRITE "${ARRAY}" "#include <stddef.h>
#include <stdint.h>

const uint32_t ${NAME}[] = {
${words}};
const size_t ${NAME}_bytes = sizeof ${NAME};
")
