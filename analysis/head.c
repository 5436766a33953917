#include "analysis/head.h"

#include "analysis/propose.h"

#include <string.h>

#define LINE_TOKENS_MAX  64   /* of a line that is taken for a head */
#define BLOCK_TOKENS_MAX 1000 /* of the block of a `try` */

enum shape {
    SHAPE_NONE,
    SHAPE_ALONE,     /* the colon of a block alone */
    SHAPE_CALL,      /* a name, parameters, a block */
    SHAPE_RECEIVER,  /* a parameter, then as above: a method of Go */
    SHAPE_NAMED,     /* a name and a block */
    SHAPE_TYPE,      /* a name, `struct` or `interface`, a block */
    SHAPE_CONDITION, /* something in parentheses and a block */
    SHAPE_LOOP,      /* what loops have, and a block */
    SHAPE_TEST,      /* any other expression and a block */
    SHAPE_RENAMED,   /* x as y and a block */
    SHAPE_HANDLER,   /* a block behind that of a `try` */
    SHAPE_NEXT,      /* behind the end of a block: another block */
    SHAPE_NEXT_NAME, /* likewise, with something in parentheses before it */
    SHAPE_GROUP,     /* parentheses over several lines */
    SHAPE_STRINGS,   /* likewise, of strings */
    SHAPE_PATH,      /* a.b.c; */
    SHAPE_FIRST,     /* likewise, before everything else */
    SHAPE_PATTERN,   /* {a, b} = */
    SHAPE_FROM,      /* names from "x" */
    SHAPE_IMPORT,    /* a.b import c */
    SHAPE_ATTRIBUTE, /* something in brackets, alone */
    SHAPE_ANNOTATION /* a name that begins with a capital, with or without arguments, alone */
};

/* A language has those of the words that its grammar has. */
static const struct {
    enum shape shape;
    double cost;
    const char *word;
} words[] = {
    {SHAPE_ALONE, 1.4, "try"},        {SHAPE_ALONE, 1.6, "else"},     {SHAPE_ALONE, 2.4, "finally"},
    {SHAPE_CALL, 1.6, "def"},         {SHAPE_CALL, 1.6, "function"},  {SHAPE_CALL, 1.6, "func"},
    {SHAPE_CALL, 1.6, "fn"},          {SHAPE_CALL, 2.2, "if"},        {SHAPE_CALL, 2.2, "class"},
    {SHAPE_CALL, 2.6, "while"},       {SHAPE_CALL, 2.6, "with"},      {SHAPE_RECEIVER, 1.2, "func"},
    {SHAPE_NAMED, 1.8, "if"},         {SHAPE_NAMED, 1.8, "class"},    {SHAPE_NAMED, 2.0, "struct"},
    {SHAPE_NAMED, 2.2, "impl"},       {SHAPE_NAMED, 2.4, "enum"},     {SHAPE_NAMED, 2.4, "interface"},
    {SHAPE_NAMED, 2.4, "except"},     {SHAPE_NAMED, 2.6, "trait"},    {SHAPE_NAMED, 2.6, "mod"},
    {SHAPE_NAMED, 2.6, "while"},      {SHAPE_NAMED, 2.8, "switch"},   {SHAPE_NAMED, 2.8, "match"},
    {SHAPE_TYPE, 0.8, "type"},        {SHAPE_CONDITION, 1.4, "if"},   {SHAPE_CONDITION, 2.2, "while"},
    {SHAPE_CONDITION, 2.6, "switch"}, {SHAPE_LOOP, 1.2, "for"},       {SHAPE_LOOP, 1.8, "if"},
    {SHAPE_LOOP, 2.6, "while"},       {SHAPE_TEST, 1.8, "if"},        {SHAPE_TEST, 2.4, "for"},
    {SHAPE_TEST, 2.6, "while"},       {SHAPE_TEST, 2.6, "elif"},      {SHAPE_TEST, 2.8, "switch"},
    {SHAPE_TEST, 2.8, "match"},       {SHAPE_TEST, 2.8, "with"},      {SHAPE_HANDLER, 0.6, "except"},
    {SHAPE_HANDLER, 1.4, "finally"},  {SHAPE_RENAMED, 1.2, "with"},   {SHAPE_RENAMED, 1.4, "except"},
    {SHAPE_NEXT, 1.4, "else"},        {SHAPE_NEXT, 1.8, "finally"},   {SHAPE_NEXT_NAME, 1.4, "catch"},
    {SHAPE_GROUP, 1.8, "const"},      {SHAPE_GROUP, 2.0, "var"},      {SHAPE_GROUP, 2.4, "type"},
    {SHAPE_GROUP, 2.4, "import"},     {SHAPE_STRINGS, 0.8, "import"}, {SHAPE_PATH, 1.2, "import"},
    {SHAPE_PATH, 1.2, "use"},         {SHAPE_FIRST, 0.8, "package"},  {SHAPE_FIRST, 1.8, "import"},
    {SHAPE_FIRST, 1.8, "use"},        {SHAPE_PATTERN, 1.2, "const"},  {SHAPE_PATTERN, 1.8, "let"},
    {SHAPE_PATTERN, 2.0, "var"},      {SHAPE_FROM, 0.8, "import"},    {SHAPE_FROM, 2.2, "export"},
    {SHAPE_IMPORT, 0.8, "from"},      {SHAPE_ATTRIBUTE, 0.8, "#"},    {SHAPE_ANNOTATION, 1.4, "@"},
};

static char single(const struct layout *layout, uint32_t token) {
    return token < layout->tokens.count && layout_width(layout, token) == 1 ? layout_char(layout, token) : 0;
}

static bool is_kind(const struct layout *layout, uint32_t token, enum token_kind kind) {
    return token < layout->tokens.count && layout->tokens.items[token].kind == kind;
}

static bool begins_line(const struct layout *layout, uint32_t token) {
    return token >= layout->tokens.count || layout->tokens.items[token].flags & TOKEN_LINE_START;
}

/* What stands in the line, from `first` to its last token. */
struct line {
    uint32_t first, last;
    bool block;          /* it ends as the head of a block does */
    bool in, as;         /* on the level of its first token; `in` stands for `of` and `range` too */
    unsigned semicolons; /* likewise */
    bool from;           /* `from` and a string */
    bool path;           /* names with dots or colons between, and a semicolon */
    uint32_t imports;    /* the word `import` behind names; LAYOUT_NONE */
};

static struct line read_line(const struct layout *layout, uint32_t first) {
    struct line line = {.first = first, .last = first, .path = true, .imports = LAYOUT_NONE};
    uint32_t level = layout->enclosing[first];
    for (uint32_t i = first; i - first < LINE_TOKENS_MAX; i++) {
        if (layout->enclosing[i] == level) {
            line.as |= layout_spells(layout, i, "as");
            line.in |= layout_spells(layout, i, "in") || layout_spells(layout, i, "of") ||
                       layout_spells(layout, i, "range");
            line.semicolons += single(layout, i) == ';';
            line.from |= layout_spells(layout, i, "from") && is_kind(layout, i + 1, TOKEN_STRING);
        }
        if (line.path && i > first && line.imports == LAYOUT_NONE && layout_spells(layout, i, "import"))
            line.imports = i;
        line.last = i;
        bool ends = begins_line(layout, i + 1);
        line.path &= ends ? single(layout, i) == ';'
                          : is_kind(layout, i, TOKEN_WORD) || single(layout, i) == '.' ||
                                single(layout, i) == '*' || layout_spells(layout, i, "::");
        if (ends) break;
    }
    char end = layout->language->flags & LANGUAGE_LAYOUT ? ':' : '{';
    line.block = single(layout, line.last) == end;
    return line;
}

/* Whether the block above on this level is that of a `try`. */
static bool follows_try(const struct layout *layout, uint32_t first) {
    const struct token *tokens = layout->tokens.items;
    for (uint32_t i = first, looked = 0; i-- > 0 && looked < BLOCK_TOKENS_MAX; looked++)
        if (tokens[i].flags & TOKEN_LINE_START && tokens[i].kind != TOKEN_COMMENT &&
            layout->enclosing[i] == LAYOUT_NONE && tokens[i].indent <= tokens[first].indent)
            return tokens[i].indent == tokens[first].indent && layout_spells(layout, i, "try");
    return false;
}

static enum shape shape_by_colon(const struct layout *layout, const struct line *line) {
    uint32_t first = line->first, last = line->last;
    if (!line->block) return line->imports != LAYOUT_NONE ? SHAPE_IMPORT : SHAPE_NONE;
    if (follows_try(layout, first)) return SHAPE_HANDLER;
    if (first == last) return SHAPE_ALONE;
    if (line->in) return SHAPE_LOOP;
    if (line->as) return SHAPE_RENAMED;
    bool word = is_kind(layout, first, TOKEN_WORD);
    if (word && first + 1 == last) return SHAPE_NAMED;
    bool call = word && single(layout, first + 1) == '(' && layout->match[first + 1] == last - 1;
    return call ? SHAPE_CALL : SHAPE_TEST;
}

/* A line that begins with a parenthesis. */
static enum shape shape_of_group(const struct layout *layout, const struct line *line) {
    uint32_t first = line->first, close = layout->match[first];
    if (close == LAYOUT_NONE) return SHAPE_NONE;
    if (begins_line(layout, close + 1) &&
        layout->tokens.items[close].line != layout->tokens.items[first].line)
        return is_kind(layout, first + 1, TOKEN_STRING) ? SHAPE_STRINGS : SHAPE_GROUP;
    if (is_kind(layout, close + 1, TOKEN_WORD) && single(layout, close + 2) == '(')
        return line->block ? SHAPE_RECEIVER : SHAPE_NONE;
    if (single(layout, close + 1) != '{') return SHAPE_NONE;
    unsigned semicolons = 0;
    for (uint32_t i = first + 1; i < close && i - first < LINE_TOKENS_MAX; i++) {
        if (layout->enclosing[i] != first) continue;
        semicolons += single(layout, i) == ';';
        if (layout_spells(layout, i, "in") || layout_spells(layout, i, "of")) return SHAPE_LOOP;
    }
    return semicolons == 2 ? SHAPE_LOOP : SHAPE_CONDITION;
}

static bool is_annotation(const struct layout *layout, const struct line *line) {
    uint32_t end = line->first + 1;
    char begin = layout_char(layout, line->first);
    while (single(layout, end) == '.' && is_kind(layout, end + 1, TOKEN_WORD))
        end += 2;
    if (single(layout, end) == '(' && layout->match[end] != LAYOUT_NONE) end = layout->match[end] + 1;
    return begin >= 'A' && begin <= 'Z' && begins_line(layout, end) && end < layout->tokens.count;
}

static enum shape shape_by_brace(const struct layout *layout, const struct line *line) {
    uint32_t first = line->first;
    char begin = single(layout, first);
    if (line->from && (begin == '{' || begin == '*' || is_kind(layout, first, TOKEN_WORD))) return SHAPE_FROM;
    if (begin == '(') return shape_of_group(layout, line);
    if (begin == '{')
        return layout->match[first] != LAYOUT_NONE && single(layout, layout->match[first] + 1) == '='
                   ? SHAPE_PATTERN
                   : SHAPE_NONE;
    if (begin == '[')
        return layout->match[first] != LAYOUT_NONE && begins_line(layout, layout->match[first] + 1)
                   ? SHAPE_ATTRIBUTE
                   : SHAPE_NONE;
    if (!is_kind(layout, first, TOKEN_WORD)) return SHAPE_NONE;
    if (is_annotation(layout, line)) return SHAPE_ANNOTATION;
    if (line->path && line->last > first + 1)
        return layout_previous(layout, layout->tokens.items[first].start_byte) == LAYOUT_NONE ? SHAPE_FIRST
                                                                                              : SHAPE_PATH;
    if (!line->block) return SHAPE_NONE;
    if (line->in || line->semicolons == 2) return SHAPE_LOOP;
    if (single(layout, first + 1) == '(') return SHAPE_CALL;
    if (layout_spells(layout, first + 1, "struct") || layout_spells(layout, first + 1, "interface"))
        return SHAPE_TYPE;
    static const char *const behind_names[] = {"{", "<", ":", "extends", "implements", "for"};
    for (size_t i = 0; i < sizeof behind_names / sizeof *behind_names; i++)
        if (layout_spells(layout, first + 1, behind_names[i])) return SHAPE_NAMED;
    return SHAPE_TEST;
}

/* Whether a line, or what goes on behind the end of a block, begins with the token, and not with a keyword.
 */
static bool may_lack(const struct layout *layout, uint32_t first) {
    const struct token *token = layout_token(layout, first);
    if (!token || token->flags & TOKEN_KEYWORD) return false;
    return token->flags & TOKEN_LINE_START || (first > 0 && layout_char(layout, first - 1) == '}');
}

static enum shape shape_of(const struct layout *layout, uint32_t first) {
    if (!(layout->tokens.items[first].flags & TOKEN_LINE_START)) {
        if (layout_char(layout, first) == '{') return SHAPE_NEXT;
        uint32_t close = layout_char(layout, first) == '(' ? layout->match[first] : LAYOUT_NONE;
        return close != LAYOUT_NONE && single(layout, close + 1) == '{' ? SHAPE_NEXT_NAME : SHAPE_NONE;
    }
    struct line line = read_line(layout, first);
    return layout->language->flags & LANGUAGE_LAYOUT ? shape_by_colon(layout, &line)
                                                     : shape_by_brace(layout, &line);
}

double head_cost(const struct layout *layout, uint32_t first, const char *word) {
    if (!may_lack(layout, first)) return PROPOSE_NEVER;
    enum shape shape = SHAPE_NONE;
    bool seen = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].word[0] != word[0] || strcmp(words[i].word, word) != 0) continue;
        if (!seen) shape = shape_of(layout, first); /* most words are none of these */
        seen = true;
        if (words[i].shape == shape) return words[i].cost;
    }
    return PROPOSE_NEVER;
}
