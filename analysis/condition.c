/* Declarations: condition.h. Two stacks, operands and operators, as for any expression; operands are numbers,
 * or one of two kinds of not knowing. */
#include "analysis/condition.h"

#include "analysis/pp_token.h"
#include <ctype.h>
#include <string.h>

#define STACK_MAX 128 /* pending operands or operators; conditions with more are open */

enum certainty { KNOWN, OPEN, UNLIKELY /* to be anything but 0 */ };

struct value {
    enum certainty certainty;
    int64_t number;
};

struct known_name {
    const char *name;
    enum condition defined;
    int64_t number;
};

/* What a C compiler never defines is false, and its branches are not C: other languages' compilers,
 * assemblers, generators of bindings. */
static const struct known_name known_names[] = {
    {"__cplusplus", CONDITION_FALSE, 0},    {"__GNUG__", CONDITION_FALSE, 0},
    {"__ASSEMBLER__", CONDITION_FALSE, 0},  {"__ASSEMBLY__", CONDITION_FALSE, 0},
    {"__OBJC__", CONDITION_FALSE, 0},       {"RC_INVOKED", CONDITION_FALSE, 0},
    {"SWIG", CONDITION_FALSE, 0},           {"__STDC__", CONDITION_TRUE, 1},
    {"__STDC_HOSTED__", CONDITION_TRUE, 1}, {"__STDC_VERSION__", CONDITION_TRUE, 201710},
    {"__GNUC__", CONDITION_TRUE, 12},       {"__GNUC_MINOR__", CONDITION_TRUE, 2},
    {"__CHAR_BIT__", CONDITION_TRUE, 8},    {"true", CONDITION_TRUE, 1},
    {"false", CONDITION_TRUE, 0},
};

static const char *const foreign_names[] = {
    "_WIN32",
    "WIN32",
    "_WIN64",
    "WIN64",
    "__WIN32__",
    "_WINDOWS",
    "_MSC_VER",
    "__MINGW32__",
    "__MINGW64__",
    "__CYGWIN__",
    "_WIN32_WCE",
    "UNDER_CE",
    "__APPLE__",
    "__MACH__",
    "__APPLE_CC__",
    "__BORLANDC__",
    "__TURBOC__",
    "__WATCOMC__",
    "__DJGPP__",
    "MSDOS",
    "__MSDOS__",
    "__OS2__",
    "OS2",
    "_AIX",
    "__sun",
    "__sun__",
    "sun",
    "__hpux",
    "hpux",
    "__sgi",
    "__osf__",
    "__VMS",
    "VMS",
    "__vms",
    "__BEOS__",
    "__HAIKU__",
    "__FreeBSD__",
    "__NetBSD__",
    "__OpenBSD__",
    "__DragonFly__",
    "__ICC",
    "__INTEL_COMPILER",
    "__SUNPRO_C",
    "__xlC__",
    "__IBMC__",
    "__CC_ARM",
    "__ARMCC_VERSION",
    "__IAR_SYSTEMS_ICC__",
    "__LCC__",
    "__DMC__",
    "__POCC__",
    "__TINYC__",
    "__EMSCRIPTEN__",
    "_CRAYC",
    "_CRAY",
    "__QNX__",
    "__QNXNTO__",
    "__minix",
    "AMIGA",
    "__amigaos__",
    "__MVS__",
    "__MWERKS__",
    "macintosh",
    "_MAC",
    "__SYMBIAN32__",
    "__WIN64__",
};

static bool equals(const char *name, size_t length, const char *other) {
    return strlen(other) == length && memcmp(name, other, length) == 0;
}

static const struct known_name *find_known(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof known_names / sizeof *known_names; i++)
        if (equals(name, length, known_names[i].name)) return &known_names[i];
    return NULL;
}

static bool is_foreign(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof foreign_names / sizeof *foreign_names; i++)
        if (equals(name, length, foreign_names[i])) return true;
    return false;
}

enum condition condition_of_name(const char *name, size_t length) {
    const struct known_name *known = find_known(name, length);
    if (known) return known->defined;
    return is_foreign(name, length) ? CONDITION_UNLIKELY : CONDITION_OPEN;
}

enum condition condition_not(enum condition condition) {
    if (condition == CONDITION_TRUE) return CONDITION_FALSE;
    return condition == CONDITION_FALSE ? CONDITION_TRUE : CONDITION_OPEN;
}

enum condition condition_and(enum condition outer, enum condition inner) {
    return outer > inner ? outer : inner;
}

/* ---- operators ---- */

/* In order of precedence, the loosest first. Two bytes each; NOT, MINUS and so on are prefixes. */
enum operator{
    OPEN_PARENTHESIS,
    LOGICAL_OR,
    LOGICAL_AND,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    EQUAL,
    UNEQUAL,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    SHIFT_LEFT,
    SHIFT_RIGHT,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    MODULO,
    NOT,
    COMPLEMENT,
    MINUS,
    PLUS
};

static const unsigned char precedence[] = {
    [LOGICAL_OR] = 1,    [LOGICAL_AND] = 2, [BIT_OR] = 3,      [BIT_XOR] = 4,    [BIT_AND] = 5,
    [EQUAL] = 6,         [UNEQUAL] = 6,     [LESS] = 7,        [LESS_EQUAL] = 7, [GREATER] = 7,
    [GREATER_EQUAL] = 7, [SHIFT_LEFT] = 8,  [SHIFT_RIGHT] = 8, [ADD] = 9,        [SUBTRACT] = 9,
    [MULTIPLY] = 10,     [DIVIDE] = 10,     [MODULO] = 10,     [NOT] = 11,       [COMPLEMENT] = 11,
    [MINUS] = 11,        [PLUS] = 11,
};

struct reader {
    const char *at, *end;
    struct value operands[STACK_MAX];
    unsigned char operators[STACK_MAX];
    size_t operand_count, operator_count;
    const struct condition_names *names; /* or NULL */
    bool failed;
};

static struct value open_value(void) {
    return (struct value){OPEN, 0};
}

static struct value number_value(int64_t number) {
    return (struct value){KNOWN, number};
}

static struct value apply_prefix(enum operator operator, struct value value) {
    if (value.certainty != KNOWN) return open_value();
    uint64_t number = (uint64_t)value.number;
    switch (operator) {
    case NOT: return number_value(value.number == 0);
    case COMPLEMENT: return number_value((int64_t)~number);
    case MINUS: return number_value((int64_t)(0 - number));
    default: return value;
    }
}

static struct value apply_logical(enum operator operator, struct value a, struct value b) {
    bool is_and = operator== LOGICAL_AND;
    /* One of these decides alone. */
    if (a.certainty == KNOWN && (a.number != 0) != is_and) return number_value(!is_and);
    if (b.certainty == KNOWN && (b.number != 0) != is_and) return number_value(!is_and);
    if (a.certainty == KNOWN && b.certainty == KNOWN) return number_value(is_and);
    if (is_and) {
        if (a.certainty == UNLIKELY || b.certainty == UNLIKELY) return (struct value){UNLIKELY, 0};
        return open_value();
    }
    if (a.certainty == OPEN || b.certainty == OPEN) return open_value();
    return (struct value){UNLIKELY, 0};
}

static struct value apply_infix(enum operator operator, struct value a, struct value b) {
    if (operator== LOGICAL_AND || operator== LOGICAL_OR) return apply_logical(operator, a, b);
    if (a.certainty != KNOWN || b.certainty != KNOWN) {
        /* _MSC_VER >= 1900 is as unlikely as _MSC_VER; _MSC_VER < 1900 is not. */
        bool larger = operator== GREATER || operator== GREATER_EQUAL || operator== EQUAL;
        return larger && a.certainty == UNLIKELY ? a : open_value();
    }
    int64_t x = a.number, y = b.number;
    uint64_t ux = (uint64_t)x, uy = (uint64_t)y;
    switch (operator) {
    case BIT_OR: return number_value(x | y);
    case BIT_XOR: return number_value(x ^ y);
    case BIT_AND: return number_value(x & y);
    case EQUAL: return number_value(x == y);
    case UNEQUAL: return number_value(x != y);
    case LESS: return number_value(x < y);
    case LESS_EQUAL: return number_value(x <= y);
    case GREATER: return number_value(x > y);
    case GREATER_EQUAL: return number_value(x >= y);
    case SHIFT_LEFT: return uy < 64 ? number_value((int64_t)(ux << uy)) : open_value();
    case SHIFT_RIGHT: return uy < 64 ? number_value(x >> uy) : open_value();
    case ADD: return number_value((int64_t)(ux + uy));
    case SUBTRACT: return number_value((int64_t)(ux - uy));
    case MULTIPLY: return number_value((int64_t)(ux * uy));
    case DIVIDE: return y == 0 || y == -1 ? open_value() : number_value(x / y);
    case MODULO: return y == 0 || y == -1 ? open_value() : number_value(x % y);
    default: return open_value();
    }
}

static void push_operand(struct reader *reader, struct value value) {
    if (reader->operand_count == STACK_MAX)
        reader->failed = true;
    else
        reader->operands[reader->operand_count++] = value;
}

static void apply_top(struct reader *reader) {
    enum operator operator= reader->operators[--reader->operator_count];
    size_t wanted = operator>= NOT ? 1 : 2;
    if (reader->operand_count < wanted) {
        reader->failed = true;
        return;
    }
    reader->operand_count -= wanted;
    struct value *operands = reader->operands + reader->operand_count;
    push_operand(reader, wanted == 1 ? apply_prefix(operator, operands[0])
                                     : apply_infix(operator, operands[0], operands[1]));
}

static void push_operator(struct reader *reader, enum operator operator) {
    /* Prefixes wait for their operand; the others let tighter ones before them go first. */
    if (operator!= OPEN_PARENTHESIS && operator<NOT)
        while (!reader->failed && reader->operator_count > 0 &&
               precedence[reader->operators[reader->operator_count - 1]] >= precedence[operator])
            apply_top(reader);
    if (reader->operator_count == STACK_MAX)
        reader->failed = true;
    else
        reader->operators[reader->operator_count++] = (unsigned char)operator;
}

static void close_parenthesis(struct reader *reader) {
    while (!reader->failed && reader->operator_count > 0 &&
           reader->operators[reader->operator_count - 1] != OPEN_PARENTHESIS)
        apply_top(reader);
    if (reader->operator_count == 0)
        reader->failed = true;
    else
        reader->operator_count--;
}

/* ---- reading ---- */

static void skip_blanks(struct reader *reader) {
    while (reader->at < reader->end) {
        size_t left = (size_t)(reader->end - reader->at);
        if (isspace((unsigned char)*reader->at) || *reader->at == '\\') {
            reader->at++;
        } else if (left >= 2 && memcmp(reader->at, "/*", 2) == 0) {
            const char *close = reader->at + 2;
            while (close + 1 < reader->end && !(close[0] == '*' && close[1] == '/'))
                close++;
            reader->at = close + 1 < reader->end ? close + 2 : reader->end;
        } else if (left >= 2 && memcmp(reader->at, "//", 2) == 0) {
            reader->at = reader->end;
        } else {
            return;
        }
    }
}

static size_t word_length(const struct reader *reader) {
    const char *at = reader->at;
    while (at < reader->end && pp_is_word((unsigned char)*at))
        at++;
    return (size_t)(at - reader->at);
}

static struct value read_number(struct reader *reader) {
    size_t length = word_length(reader);
    const char *at = reader->at, *end = at + length;
    reader->at = end;
    unsigned base = 10;
    if (length > 2 && at[0] == '0' && (at[1] | 0x20) == 'x')
        base = 16, at += 2;
    else if (length > 2 && at[0] == '0' && (at[1] | 0x20) == 'b')
        base = 2, at += 2;
    else if (length > 1 && at[0] == '0')
        base = 8, at++;
    uint64_t number = 0;
    for (; at < end; at++) {
        unsigned digit = isdigit((unsigned char)*at)    ? (unsigned)(*at - '0')
                         : isxdigit((unsigned char)*at) ? (unsigned)((*at | 0x20) - 'a' + 10)
                                                        : 99;
        if (digit >= base) break; /* a suffix */
        number = number * base + digit;
    }
    return number_value((int64_t)number);
}

static struct value read_defined(struct reader *reader) {
    skip_blanks(reader);
    bool parenthesised = reader->at < reader->end && *reader->at == '(';
    if (parenthesised) reader->at++, skip_blanks(reader);
    size_t length = word_length(reader);
    if (length == 0) {
        reader->failed = true;
        return open_value();
    }
    enum condition condition = condition_of_name(reader->at, length);
    reader->at += length;
    if (parenthesised) {
        skip_blanks(reader);
        if (reader->at < reader->end && *reader->at == ')')
            reader->at++;
        else
            reader->failed = true;
    }
    if (condition == CONDITION_OPEN) return open_value();
    if (condition == CONDITION_UNLIKELY) return (struct value){UNLIKELY, 0};
    return number_value(condition == CONDITION_TRUE);
}

static struct value read_name(struct reader *reader) {
    size_t length = word_length(reader);
    const char *name = reader->at;
    reader->at += length;
    if (equals(name, length, "defined")) return read_defined(reader);
    skip_blanks(reader);
    if (reader->at < reader->end &&
        *reader->at == '(') { /* a call: __has_include(<x.h>), VERSION_CHECK(1, 2) */
        size_t depth = 0;
        for (; reader->at < reader->end; reader->at++) {
            if (*reader->at == '(') depth++;
            if (*reader->at == ')' && --depth == 0) break;
        }
        if (reader->at == reader->end)
            reader->failed = true;
        else
            reader->at++;
        return equals(name, length, "__GNUC_PREREQ") ? number_value(1) : open_value();
    }
    const struct known_name *known = find_known(name, length);
    if (known) return number_value(known->number);
    int64_t number;
    if (reader->names && reader->names->number(name, length, &number, reader->names->payload))
        return number_value(number);
    return is_foreign(name, length) ? (struct value){UNLIKELY, 0} : open_value();
}

static bool read_infix(struct reader *reader, enum operator* ret_operator) {
    static const struct {
        const char *spelled;
        enum operator operator;
    } spellings[] = {{"||", LOGICAL_OR}, {"&&", LOGICAL_AND}, {"==", EQUAL},      {"!=", UNEQUAL},
                     {"<<", SHIFT_LEFT}, {">>", SHIFT_RIGHT}, {"<=", LESS_EQUAL}, {">=", GREATER_EQUAL},
                     {"|", BIT_OR},      {"^", BIT_XOR},      {"&", BIT_AND},     {"<", LESS},
                     {">", GREATER},     {"+", ADD},          {"-", SUBTRACT},    {"*", MULTIPLY},
                     {"/", DIVIDE},      {"%", MODULO}};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        size_t length = strlen(spellings[i].spelled);
        if ((size_t)(reader->end - reader->at) < length ||
            memcmp(reader->at, spellings[i].spelled, length) != 0)
            continue;
        reader->at += length;
        *ret_operator = spellings[i].operator;
        return true;
    }
    return false;
}

/* An operand with its prefixes and opening parentheses. */
static void read_operand(struct reader *reader) {
    static const char prefixes[] = "!~-+(";
    static const unsigned char prefix_operators[] = {NOT, COMPLEMENT, MINUS, PLUS, OPEN_PARENTHESIS};
    for (;;) {
        skip_blanks(reader);
        const char *prefix = reader->at < reader->end && *reader->at ? strchr(prefixes, *reader->at) : NULL;
        if (!prefix || reader->failed) break;
        reader->at++;
        push_operator(reader, prefix_operators[prefix - prefixes]);
    }
    if (reader->at == reader->end || !pp_is_word((unsigned char)*reader->at))
        reader->failed = true;
    else if (isdigit((unsigned char)*reader->at))
        push_operand(reader, read_number(reader));
    else
        push_operand(reader, read_name(reader));
}

enum condition condition_of_expression(const char *bytes, size_t length) {
    return condition_of_expression_with(bytes, length, NULL);
}

enum condition condition_of_expression_with(const char *bytes, size_t length,
                                            const struct condition_names *names) {
    if (length > CONDITION_BYTES_MAX) return CONDITION_OPEN;
    struct reader reader;
    reader.at = bytes, reader.end = bytes + length;
    reader.names = names;
    reader.operand_count = reader.operator_count = 0;
    reader.failed = false;
    for (;;) {
        read_operand(&reader);
        skip_blanks(&reader);
        while (!reader.failed && reader.at < reader.end && *reader.at == ')') {
            reader.at++;
            close_parenthesis(&reader);
            skip_blanks(&reader);
        }
        enum operator operator;
        if (reader.failed || reader.at == reader.end) break;
        if (!read_infix(&reader, &operator)) return CONDITION_OPEN; /* ?: and what else there may be */
        push_operator(&reader, operator);
    }
    while (!reader.failed && reader.operator_count > 0) {
        if (reader.operators[reader.operator_count - 1] == OPEN_PARENTHESIS)
            reader.failed = true;
        else
            apply_top(&reader);
    }
    if (reader.failed || reader.operand_count != 1 || reader.operands[0].certainty == OPEN)
        return CONDITION_OPEN;
    if (reader.operands[0].certainty == UNLIKELY) return CONDITION_UNLIKELY;
    return reader.operands[0].number ? CONDITION_TRUE : CONDITION_FALSE;
}
