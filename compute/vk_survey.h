/* vk_survey.h: what the Vulkan devices of this machine are, and which of them will do.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  of the driver. That a device will not do is none: its info says why. */
#ifndef NOODLE_VK_SURVEY_H
#define NOODLE_VK_SURVEY_H

#include "compute/vk_context.h"

#define VK_DEVICES_MAX 16

struct vk_found {
    VkPhysicalDevice physical;
    struct device_vulkan_info info;
    VkPhysicalDeviceProperties properties;
    uint8_t device_uuid[VK_UUID_SIZE], driver_uuid[VK_UUID_SIZE];
    uint32_t queue_family;
    uint32_t timestamp_bits;
};

/* By number; at most VK_DEVICES_MAX. */
enum status vk_survey(const struct vk_api *api, VkInstance instance, struct vk_found *ret_found,
                      uint32_t *ret_count, struct error *error);

#endif
