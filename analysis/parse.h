/* parse.h: incremental parsing under a deadline, for files of any size.
 *
 * A syntax is the parse of one text: an array of pieces that cover it, each with a tree of its own. Small
 * texts have one piece. Texts above CHUNKING_MIN_BYTES are cut at top-level nodes into chunks of a few KB, so
 * that a keystroke costs its chunk and not the file; a chunk's result is final, or open until the background
 * pass has finished it. A new syntax shares every untouched piece with the one before it. A text that is
 * broken when it is opened is cut too: the part that no parse gets through is one broken piece, and those
 * behind it have verdicts of their own. Data (JSON) and texts of one item stay one piece.
 *
 * Owns    its text and trees, by reference counts.
 * Threads a syntax never changes once made and may be read from any thread; trees handed out must be
 *         ts_tree_copy'd before another thread keeps them beyond the syntax. A struct parser is used by one
 *         thread at a time.
 * Errors  STATUS_CANCELLED, STATUS_DEADLINE: nothing is returned and the previous syntax is as good as
 *         before.
 * Units   UTF-8 byte offsets in the whole text; nodes of a piece's tree are relative to piece.start_byte. */
#ifndef NOODLE_PARSE_H
#define NOODLE_PARSE_H

#include "analysis/language.h"
#include "analysis/text.h"
#include "base/cancel.h"
#include <tree_sitter/api.h>

struct parser; /* a TSParser with what goes with it; reused over many parses */
struct syntax;

struct syntax_piece {
    uint32_t start_byte, end_byte;
    uint64_t id; /* equal ids in two syntaxes: same bytes, same tree, same verdict (for caches by piece) */
    const TSTree
        *tree; /* owned by the syntax; NULL when it was dropped to save memory (syntax_piece_tree makes it) */
    bool has_error;
    bool open; /* what follows the piece may still change its verdict: errors are provisional */
};

struct parser *parser_create(void);
void parser_destroy(struct parser *parser);

/* previous: the syntax of an earlier text of the same document (any earlier one; the difference is found by
 * text_diff), or NULL. cancel may be NULL. With finish false a large text may come back with open pieces
 * (syntax_is_open) after its foreground budget; calling again with finish true and the result as previous
 * settles them. */
enum status syntax_parse(struct parser *parser, const struct language *language, struct text *text,
                         const struct syntax *previous, bool finish, const struct cancel *cancel,
                         struct syntax **ret_syntax);
/* The same for a text that differs a little from the original's and is looked at once (a repair): settled,
 * and parsed as the original was. */
enum status syntax_parse_variant(struct parser *parser, struct text *text, const struct syntax *original,
                                 const struct cancel *cancel, struct syntax **ret_syntax);
struct syntax *syntax_ref(const struct syntax *syntax);
void syntax_unref(struct syntax *syntax);

struct text *syntax_text(const struct syntax *syntax);
struct text *syntax_parsed_text(const struct syntax *syntax); /* what the trees are of: masks are blank */
const struct language *syntax_language(const struct syntax *syntax);
bool syntax_has_error(const struct syntax *syntax);
bool syntax_is_open(const struct syntax *syntax); /* some piece is open */

size_t syntax_piece_count(const struct syntax *syntax);
struct syntax_piece syntax_piece_at(const struct syntax *syntax, size_t index);
size_t syntax_piece_index(const struct syntax *syntax, uint32_t byte); /* the piece that holds byte */
/* The next piece with has_error at or after index; SIZE_MAX when there is none. Costs nothing on a clean
 * text. */
size_t syntax_next_broken(const struct syntax *syntax, size_t index);
/* A copy of the piece's tree, parsed now if it had been dropped; the caller deletes it with ts_tree_delete.
 */
TSTree *syntax_piece_tree(const struct syntax *syntax, size_t index, struct parser *parser);
/* The same of the text as it is, with what masks (mask.h) hide. */
TSTree *syntax_piece_own_tree(const struct syntax *syntax, size_t index, struct parser *parser);
/* Whether a finishing parse of the same text, with this one as previous, would hide so much more of it
 * (mask.h) that the parses behind it are faster. */
bool syntax_wants_masks(const struct syntax *syntax);

/* One parse of text[start_byte, end_byte) on its own, without chunks; old_tree (already edited with
 * ts_tree_edit) or NULL. NULL when cancelled, or where recovery from errors has no end. The building block of
 * the above and of verification. A tree with a byte that was passed over for the latter has an error there.
 */
TSTree *parser_parse_range(struct parser *parser, const struct language *language, const struct text *text,
                           uint32_t start_byte, uint32_t end_byte, const TSTree *old_tree,
                           const struct cancel *cancel);

#endif
