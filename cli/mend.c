#include "cli/mend.h"

#define ROUNDS_MAX 32 /* each leaves fewer mistakes than the one before */

struct edits {
    VEC_FIELDS(struct text_edit);
};

static void add_edits(struct edits *edits, const struct repair *repair) {
    for (size_t i = 0; i < repair->edit_count; i++)
        vec_push(edits, repair->edits[i]);
}

/* The best repairs of single mistakes that are certain enough and lie behind one another. */
static void choose_single(const struct analysis *analysis, double min_confidence, bool only_one,
                          struct edits *edits) {
    const struct repair *surest = NULL;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        if (!finding->repair_count) continue;
        const struct repair *repair = &finding->repairs[0];
        if (!repair->edit_count || repair->confidence < min_confidence) continue;
        if (only_one) {
            if (!surest || repair->confidence > surest->confidence) surest = repair;
        } else if (!edits->count || repair->edits[0].start_byte > edits->items[edits->count - 1].end_byte) {
            add_edits(edits, repair);
        }
    }
    if (surest) add_edits(edits, surest);
}

/* Ways to go on, the most promising first. */
enum way { WAY_WHOLE, WAY_EVERY_SINGLE, WAY_ONE_SINGLE, WAY_COUNT };

static void choose(const struct analysis *analysis, double min_confidence, enum way way,
                   struct edits *edits) {
    vec_clear(edits);
    if (way != WAY_WHOLE)
        choose_single(analysis, min_confidence, way == WAY_ONE_SINGLE, edits);
    else if (analysis->fix_count && analysis->fixes[0].confidence >= min_confidence)
        add_edits(edits, &analysis->fixes[0]);
}

/* Tries the edits; *mend moves on when they leave fewer mistakes. */
static bool advance(const struct app *app, struct pipeline *pipeline, const struct cancel *cancel,
                    const struct app_text *input, const struct edits *edits, struct mend *mend) {
    struct text *text;
    struct analysis *analysis;
    if (!edits->count || text_apply(mend->text, edits->items, edits->count, &text)) return false;
    bool fewer = false;
    struct app_text changed = {
        .name = input->name, .path = input->path, .language = input->language, .text = text};
    if (!app_analyze(app, pipeline, cancel, &changed, 1, &analysis, NULL)) {
        fewer = analysis->finding_count < mend->analysis->finding_count ||
                (mend->analysis->too_many && !analysis->too_many);
        if (fewer) {
            text_unref(mend->text);
            analysis_unref(mend->analysis);
            mend->text = text_ref(text);
            mend->analysis = analysis_ref(analysis);
            mend->applied += edits->count;
        }
        analysis_unref(analysis);
    }
    text_unref(text);
    return fewer;
}

enum status mend_text(const struct app *app, struct pipeline *pipeline, const struct app_text *input,
                      double min_confidence, struct mend *ret_mend, struct error *error) {
    struct cancel cancel;
    app_start_deadline(app, text_size(input->text), &cancel);
    struct mend mend = {0};
    enum status status = app_analyze(app, pipeline, &cancel, input, 1, &mend.analysis, error);
    if (status) return status;
    mend.text = text_ref(input->text);
    struct edits edits = {0};
    bool moved = true;
    for (int round = 0; round < ROUNDS_MAX && moved && mend.analysis->finding_count; round++) {
        moved = false;
        for (int way = 0; way < WAY_COUNT && !moved && !cancel_reached(&cancel); way++) {
            choose(mend.analysis, min_confidence, (enum way)way, &edits);
            moved = advance(app, pipeline, &cancel, input, &edits, &mend);
        }
    }
    vec_finish(&edits);
    *ret_mend = mend;
    return STATUS_OK;
}

void mend_finish(struct mend *mend) {
    text_unref(mend->text);
    analysis_unref(mend->analysis);
}
