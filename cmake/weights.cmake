# The trained encoder becomes a part of the program (compute/shipped_weights.c). The assembler reads it, which link-time
# optimisation knows nothing of.
set(shipped_weights "${PROJECT_SOURCE_DIR}/model/weights/encoder.safetensors")
set_source_files_properties("${PROJECT_SOURCE_DIR}/compute/shipped_weights.c" PROPERTIES
                            OBJECT_DEPENDS "${shipped_weights}"
                            COMPILE_DEFINITIONS "NOODLE_SHIPPED_WEIGHTS=\"${shipped_weights}\""
                            COMPILE_OPTIONS "-fno-lto")
