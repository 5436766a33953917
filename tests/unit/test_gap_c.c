/* Gaps of the grammar of C: each construct is read once it is rewritten, its broken twins are not, and
 * rewriting keeps the length and what is outside of the ranges it names. */
#include "analysis/gap.h"
#include "analysis/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool parses(struct parser *parser, const char *bytes) {
    struct text *text;
    uint32_t length = (uint32_t)strlen(bytes);
    assert_int_equal(text_create(bytes, length, &text), STATUS_OK);
    TSTree *tree = parser_parse_range(parser, language_find("c"), text, 0, length, NULL, NULL);
    bool good = !ts_node_has_error(ts_tree_root_node(tree));
    ts_tree_delete(tree);
    text_unref(text);
    return good;
}

/* Whether it parses when it is rewritten. */
static bool reads(struct parser *parser, const char *input) {
    char bytes[400];
    uint32_t length = (uint32_t)strlen(input);
    assert_true(length < sizeof bytes);
    memcpy(bytes, input, length + 1);
    struct gap_list list = {0};
    size_t count = gap_rewrite(language_find("c"), bytes, length, 0, &list);
    assert_int_equal(count, list.count);
    assert_int_equal(strlen(bytes), length);
    uint32_t at = 0;
    for (size_t i = 0; i <= list.count; i++) {
        uint32_t end = i < list.count ? list.items[i].start_byte : length;
        assert_true(end >= at);
        assert_memory_equal(bytes + at, input + at, end - at);
        if (i < list.count) at = list.items[i].end_byte;
    }
    vec_finish(&list);
    return parses(parser, bytes);
}

static void constructs_are_read(void **unused) {
    (void)unused;
    static const char *const cases[] = {
        "void *f(q, n, m) void *q; unsigned n, m; { return q; }",
        "char **f(a, g) char *a[3]; int (*g)(); { return g(a); }",
        "void f(va_list ap) { char *s = va_arg(ap, char *); }",
        "void f(va_list ap) { x = va_arg(ap, const struct x *); }",
        "void f(va_list ap) { x = va_arg(ap, unsigned long); }",
        "void f(va_list ap) { x = va_arg(ap, struct x *)->y; }",
        "void f(va_list ap) { x = va_arg(ap, void (*)(int)); }",
        "void f(va_list ap) { x = __builtin_va_arg(ap, char *); }",
        "int x = offsetof(struct s, a.b[1]);",
        "int x = __builtin_offsetof(struct s, a.b);",
        "int x = offsetof(type, a[1].c);",
        "int x = offsetof(struct s, a[i]);",
        "void f() { q = ((struct item *)((char *)(ptr) - __builtin_offsetof(struct item, member))); }",
        "void f() { if (__builtin_available(macOS 10.12, *)) g(); }",
        "void f(void (^b)(void *)) { g(^{ h(); }); g(^(int x) { return x; }); }",
        "int (^blk)(int);",
        "main() { return 0; }",
        "int x = __builtin_types_compatible_p(int, char *);",
        "void f(void) { switch (x) { case 1 ... 5: break; case 'a' ... 'z': g(); } }",
        "void f(void) { goto *p; goto *tab[i]; }",
        "void f(void) { g(); lab: }",
        "_Complex double x;",
        "double _Complex x;",
        "float _Complex f(float _Complex z);",
        "__complex__ double x;",
        "_Atomic(int) x;",
        "_Atomic(struct s *) x;",
        "struct s { _Atomic(int) x; };",
        "typeof(x + 1) *y;",
        "__typeof__(*p) y = z;",
        "void f(void) { typeof(x) y = z; __typeof__(&a[0]) q; }",
        "void f(void) { y = (typeof(x))z; y = sizeof(typeof(x)); y = (__typeof__(*p) *)q; }",
        "int x __attribute__((unused)) = 1;",
        "int x __attribute__((unused));",
        "int x __attribute__((unused)), y __attribute__((unused));",
        "int * __attribute__((unused)) x;",
        "enum e { A __attribute__((deprecated)), B __attribute__((x)) = 2 };",
        "enum __attribute__((packed)) e { A };",
        "void f(void) { lab: __attribute__((unused)); g(); }",
        "void f(void) { lab: __attribute__((unused)) g(); }",
        "void f(void) { __attribute__((fallthrough)); }",
        "void f(void) { switch (x) { case 1: g(); __attribute__((fallthrough)); case 2: h(); } }",
        "typedef int __attribute__((vector_size(16))) v4;",
        "int (__attribute__((cdecl)) *fp)(int);",
        "int (*fp __attribute__((noreturn)))(int);",
        "void f(void) { asm __inline volatile(\"nop\"); }",
        "struct s { int x; _Static_assert(1, \"x\"); };",
        "struct s { int x; static_assert(sizeof(int) == 4, \"x\"); };",
        "struct s { int x;; };",
        "struct s { ; int x; };",
        "struct s { int :3; unsigned int : 0; int a:1, :2, b:3; };",
        "int x = __alignof__ x;",
        "int a<:3:> = <% 1, 2, 3 %>;",
        "_Pragma(\"once\") int x;",
        "void f(void) { _Pragma(\"GCC diagnostic push\") g(); _Pragma(\"GCC diagnostic pop\") }",
        "_Thread_local int x;",
        "static _Thread_local int x;",
        "double _Complex x = 1.0i + 2.0j + 1.0fi;",
        "unsigned long x = 1UI64 + 1i64 + 0x10ui8 + 1ull + 1uz;",
        "double x = 0x1p3 + 0x1.8p-3f + 1.0Q + 1.0f128 + 1.0w + 1e5L;",
        "int x[] = { [0 ... 5] = { 1 } , [1] { 2 } };",
        "int x[] = { [0] 1 };",
        "typedef float _Complex c;",
        "struct [[deprecated]] s { [[deprecated]] int x; };",
        "enum [[x]] e { A [[deprecated]] = 1 };",
        "enum e : unsigned char { A };",
        "enum : int { A };",
        "void f(void) { switch (x) case 1: g(); }",
        "void f(void) { switch (x) default: g(); }",
        "void f(void) { __real__ x = 1; y = __imag__ z; __real x; }",
        "__signed__ char x; __signed char y; __const char *z; __volatile__ int w;",
        "double x = 1.0Q;",
        "long x = 1uz;",
        "double _x = 1.0i;",
        "long x = 1i64;",
        "__signed__ char x;",
        "__signed char x;",
        "__const char *x;",
        "__const__ char *x;",
        "__volatile__ int w;",
        "__volatile int w;",
        "void f(void) { g(sizeof(struct { int :-!!(x); })); }",
        "void f(void) { g((sizeof(struct { int:(-!!(x)); }))); }",
        "int f(void) { static struct s x __attribute__((__section__(\"a\"))) = { .a = 1 }; }",
        "static struct s x __attribute__((__section__(\"a\"))) __attribute__((used)) = { .a = 1 };",
        "static const char x[] __attribute__((__section__(\"a\"))) __attribute__((used)) = \"x\";",
        "void f(void) { int x __attribute__((unused)); int y __attribute__((unused)) = 1; struct s z "
        "__attribute__((cleanup(g))) = { 0 }; }",
        "void f(void) { for (int i __attribute__((unused)) = 0; i; i++) ; }",
        "extern __typeof__(f) g __attribute__((alias(\"f\")));",
        "void f(typeof(x) y, __typeof__(*z) *w);",
        "int x = __builtin_offsetof(struct s, a);",
        "static_assert(offsetof(struct s, a.b) == 4);",
        "void f(void) { case 'a' ... 'z': case A ... B: ; }",
        "void f(int a[restrict], int b[static restrict 3], int c[const], int d[static const 3], int "
        "e[__restrict 3]);",
        "extern const char *const x[] __attribute__((x));",
        "void f(void) { for (;;) { lab: } }",
        "void f(void) { y = (__attribute__((force)) void __attribute__((noderef, address_space(3))) *)addr; "
        "}",
        "void f(void) { if (x) { goto *(void *)p; } }",
        "struct s { u8 : 4, x : 4; u8 y : 4, : 4; unsigned : 0; };",
        "void f(void) { x = va_arg(ap, char const *const *); x = va_arg(ap, volatile int *); }",
        "void f(void) { x = __builtin_offsetof(typeof(*p), a[0]); y = offsetof(typeof(*p), a); }",
        "void f(void) { if (x) { lab: } else { lab2: } }",
        "void f(void) { switch (x) { case 1: lab: } }",
        "void f(void) { switch (x) { case (1) ... (5): case A + 1 ... sizeof(y) - 1: g(); } }",
        "typedef __signed__ char s8; typedef __const char c;",
        "void f(void) { x = 10i32 + 0xFFui8 + 3.0f16 + 1.5d0; }",
        "auto x = 1;",
        "void f(void) { const auto x = 1; auto *p = q; }",
    };
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parses(parser, cases[i])) fail_msg("the grammar reads it: %s", cases[i]);
        if (!reads(parser, cases[i])) fail_msg("not read: %s", cases[i]);
    }
    parser_destroy(parser);
}

static void broken_twins_are_not(void **unused) {
    (void)unused;
    static const char *const cases[] = {
        "void f(va_list ap) { char *s = va_arg(ap, char *; }",
        "void *f(q, n) void *q unsigned n; { return q; }",
        "void *f(q, n) void *q; unsigned n { return q; }",
        "void *f(q, n m) void *q; unsigned n, m; { return q; }",
        "void f(va_list ap) { char *s = va_arg(ap char *); }",
        "void f(va_list ap) { char *s = va_arg(ap, char *) g(); }",
        "void f(va_list ap) { char *s = va_arg(ap, ); }",
        "void f(va_list ap) { char *s = va_arg(ap, unsigned long, int); }",
        "void f(va_list ap) { char *s = va_arg(ap, struct s t *); }",
        "void f(va_list ap) { char *s = va_arg(ap, struct *); }",
        "int x = offsetof(struct s, a.b[1);",
        "int x = offsetof(struct s, a.);",
        "int x = offsetof(struct s, .a);",
        "int x = offsetof(struct s a.b);",
        "int x = offsetof(struct s, a[]);",
        "int x = offsetof(struct s, a b);",
        "int x = __builtin_offsetof(struct s, a;",
        "void f(void) { if (__builtin_available(macOS 10.12, *) g(); }",
        "void f(void) { if (__builtin_available(macOS 10.12 *)) g(); }",
        "void f(void (^b)(void *) { }",
        "void f(void) { x = a ^ ; }",
        "void f(void) { g(^ x y); }",
        "f(a, b) int a { return 0; }",
        "main() { return 0 }",
        "int (int argc, char *argv[]) { return 0; }",
        "int\n(key_t *key, void (*done)(void *))\n{ return 0; }",
        "main( { return 0; }",
        "int x = __builtin_types_compatible_p(int char *);",
        "int x = __builtin_types_compatible_p(int, char *;",
        "void f(void) { switch (x) { case 1 ... : break; } }",
        "void f(void) { switch (x) { case ... 5: break; } }",
        "void f(void) { switch (x) { case 1 ... 5 break; } }",
        "void f(void) { g(1 ... 5); }",
        "void f(void) { x = a ... b; }",
        "void f(void) { goto *; }",
        "void f(void) { goto *p }",
        "void f(void) { goto ; }",
        "void f(void) { g(); lab }",
        "void f(void) { x = y ? a : ; }",
        "double _Complex x",
        "double _Complex = 1;",
        "_Atomic(int x;",
        "_Atomic() x;",
        "_Atomic(int x) y;",
        "typeof(x + ) y;",
        "typeof() y;",
        "typeof(x y;",
        "typeof(x); y z w;",
        "void f(void) { typeof(x) y = ; }",
        "int x __attribute__((unused) = 1;",
        "int x __attribute__(unused) = 1;",
        "int x __attribute__((aligned(8) packed)) = 1;",
        "int x __attribute__((unused)) int y;",
        "int x __attribute__((unused)) = ;",
        "enum e { A __attribute__((deprecated)) B };",
        "void f(void) { register int a asm(\"r0\" = 1; }",
        "void f(void) { register int a asm() = 1; }",
        "void f(void) { g() asm(\"nop\"); }",
        "void f(void) { x asm(\"nop\"); }",
        "struct s { int x; _Static_assert(1, \"x\") };",
        "struct s { int x; _Static_assert(1 \"x\"); };",
        "struct s { int x; _Static_assert(1 +, \"x\"); };",
        "struct s { int x; _Static_assert(1, \"x\"; };",
        "struct s { int : ; };",
        "struct s { int a:1, : ; };",
        "struct s { int a b:3; };",
        "struct s { :3; };",
        "enum e : unsigned char { A;",
        "enum e : { A };",
        "enum e : 3 { A };",
        "int x = __alignof__;",
        "int a<:3:>> = <% 1, 2, 3 %>;",
        "_Pragma(\"once\" int x;",
        "_Pragma(once) int x;",
        "double x = 1.0ii;",
        "long x = 1UI65;",
        "long x = 0x;",
        "long x = 12abc;",
        "int x[] = { [0 1 };",
        "int x[] = { [0] };",
        "int x[] = { [0] = };",
        "int x[] = { [0] 1 2 };",
        "void f(void) { switch (x) { g() } }",
        "void f(void) { switch x) case 1: g(); }",
        "void f(void) { switch (x case 1: g(); }",
        "__signed__ char char x y;",
        "void f(int a[restrict);",
        "struct [[deprecated] s { int x; };",
        "[[deprecated x]] int x;",
        "struct s { int x };",
        "struct s { int x;; int };",
        "void f(void) { g(^{ h() }); }",
        "void f(void) { g(^(int x) { h(); ); }",
        "void f(void) { x = a[[1]]; }",
        "auto x 1;",
        "auto = 1;",
        "void f(void) { switch (x) { case 1: lab } }",
        "struct s { u8 : , x : 4; };",
        "void f(void) { x = a % > b; }",
        "void f(void) { x = a < : b; }",
    };
    struct parser *parser = parser_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (reads(parser, cases[i])) fail_msg("read: %s", cases[i]);
    parser_destroy(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructs_are_read),
        cmocka_unit_test(broken_twins_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
