/* vk_pipeline.h: shaders made ready for a device, and their file.
 *
 * The file has a header of ours (magic, version, hash of what follows) and then what the driver wrote. Its
 * name is a hash of the device, its driver and the shaders, so what belongs to another is never found. It is
 * written beside and renamed; a file that is short, changed or not ours counts as none.
 *
 * Owns    pipelines and layouts belong to the context.
 * Threads any.
 * Errors  of the driver; those of the file are none: shaders are compiled again. */
#ifndef NOODLE_VK_PIPELINE_H
#define NOODLE_VK_PIPELINE_H

#include "compute/vk_context.h"
#include "compute/vk_survey.h"

/* constants: of the shader, from 0 on; the first is the size of the workgroup. */
enum status vk_pipeline_get(struct vk_context *context, enum vk_shader shader, const uint32_t *constants,
                            uint32_t constant_count, VkPipeline *ret_pipeline, struct error *error);

enum status vk_pipeline_init(struct vk_context *context, const struct vk_found *found,
                             const char *cache_folder, struct error *error);
void vk_pipeline_save(struct vk_context *context); /* when there is something new */
void vk_pipeline_finish(struct vk_context *context);

#endif
