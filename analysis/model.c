#include "analysis/model.h"

#include "analysis/features.h"
#include "base/mem.h"

struct model {
    struct network *network;
    struct vocabulary *vocabulary;
    struct batcher *batcher; /* or NULL */
};

static enum status check_weights(const struct weights *weights, struct error *error) {
    if (weights->features_version != FEATURES_VERSION || weights->lexer_version != LEXER_VERSION)
        return error_set(
            error, STATUS_UNSUPPORTED,
            "the model was trained for features %u of scanner %u; this program has features %u of "
            "scanner %u",
            weights->features_version, weights->lexer_version, FEATURES_VERSION, LEXER_VERSION);
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (weights->shape.feature_sizes[i] < feature_size((enum feature)i))
            return error_set(error, STATUS_UNSUPPORTED,
                             "the model has %u values for the feature %s; needed are %u",
                             weights->shape.feature_sizes[i], feature_name((enum feature)i),
                             feature_size((enum feature)i));
    if (weights->shape.grams < FEATURE_GRAM_ROWS)
        return error_set(error, STATUS_UNSUPPORTED,
                         "the model has %u rows for pieces of words; needed are %u", weights->shape.grams,
                         FEATURE_GRAM_ROWS);
    return STATUS_OK;
}

enum status model_create(const struct weights *weights, struct device *device, enum precision precision,
                         struct model **ret_model, struct error *error) {
    _Static_assert(FEATURE_COUNT == WEIGHTS_FEATURES && FEATURE_COUNT == DEVICE_FEATURES &&
                       FEATURE_GRAMS_MAX == DEVICE_GRAMS,
                   "compute/ and analysis/ mean the same");
    enum status status = check_weights(weights, error);
    if (status) return status;
    size_t literals = weights->shape.outputs - WEIGHTS_LITERALS;
    struct vocabulary *vocabulary = vocabulary_of_texts(weights->literals, literals);
    if (!vocabulary)
        return error_set(error, STATUS_MALFORMED,
                         "the model's vocabulary has an empty literal, one twice, or more than %u",
                         VOCABULARY_LITERALS_MAX);
    struct network *network;
    status = network_create(weights, device, precision, &network, error);
    if (status) {
        vocabulary_destroy(vocabulary);
        return status;
    }
    struct model *model = mem_zalloc(sizeof *model);
    *model = (struct model){.network = network, .vocabulary = vocabulary};
    *ret_model = model;
    return STATUS_OK;
}

void model_destroy(struct model *model) {
    if (!model) return;
    network_destroy(model->network);
    vocabulary_destroy(model->vocabulary);
    mem_free(model);
}

void model_use(struct model *model, struct batcher *batcher) {
    model->batcher = batcher;
}

struct batcher *model_batcher(const struct model *model) {
    return model->batcher;
}

const struct network *model_network(const struct model *model) {
    return model->network;
}

const struct vocabulary *model_vocabulary(const struct model *model) {
    return model->vocabulary;
}
