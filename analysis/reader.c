#include "analysis/reader.h"

#include "analysis/preprocess.h"
#include "analysis/syntax.h"

struct reader {
    struct preprocessor *preprocessor;
};

struct reader *reader_create(void) {
    struct reader *reader = mem_zalloc(sizeof *reader);
    reader->preprocessor = preprocessor_create();
    return reader;
}

void reader_destroy(struct reader *reader) {
    if (!reader) return;
    preprocessor_destroy(reader->preprocessor);
    mem_free(reader);
}

void reader_read(const struct reader_means *means, struct syntax *syntax, const struct syntax *previous,
                 const struct cancel *cancel) {
    if (syntax->readings || !syntax_has_error(syntax) || !(syntax->language->flags & LANGUAGE_PREPROCESSOR))
        return;
    struct readings *readings = readings_create();
    const struct readings *known =
        previous && previous->language == syntax->language ? previous->readings : NULL;
    for (size_t i = syntax_next_broken(syntax, 0); i != SIZE_MAX; i = syntax_next_broken(syntax, i + 1)) {
        struct preprocess_request piece = {.syntax = syntax,
                                           .piece = i,
                                           .previous = known,
                                           .env = means->env,
                                           .rules = means->rules,
                                           .parser = means->parser,
                                           .cancel = cancel};
        if (!preprocess_piece(means->reader->preprocessor, &piece, readings)) break;
    }
    readings_index(readings);
    syntax->readings = readings;
}
