"""What people do wrong and how often: kinds of mistakes by language, words and signs that are taken for each other."""

# Weights of single kinds, per language: what was counted in human errors, with a little of everything.
KINDS = {
    "python": {
        "missing_closer": 15, "missing_opener": 3, "extra_closer": 3, "extra_opener": 1, "several_brackets": 5,
        "missing_comma": 5, "extra_comma": 1, "missing_colon": 6, "extra_colon": 1, "quotes": 7, "indentation": 9,
        "missing_body": 2, "keyword_typo": 7, "foreign_word": 3, "wrong_sign": 5, "junk": 5, "prompt": 2,
        "extra_word": 3, "wrong_bracket": 3, "deleted_word": 3, "deleted_sign": 3, "deleted_token": 1,
        "swapped": 1, "replaced": 1, "truncated": 2, "conflict": 1, "python2": 8, "joined_lines": 4, "fence": 1},
    "c": {
        "missing_closer": 13, "missing_opener": 4, "extra_closer": 7, "extra_opener": 2, "several_brackets": 4,
        "missing_semicolon": 32, "extra_semicolon": 3, "missing_comma": 4, "extra_comma": 3, "quotes": 6,
        "keyword_typo": 2, "foreign_word": 1, "wrong_sign": 5, "junk": 3, "extra_word": 3, "wrong_bracket": 2,
        "deleted_word": 4, "deleted_sign": 4, "deleted_token": 1, "swapped": 1, "replaced": 1, "truncated": 2,
        "conflict": 1, "fence": 1},
    "json": {
        "missing_closer": 6, "missing_opener": 1, "extra_closer": 2, "several_brackets": 2, "missing_comma": 24,
        "extra_comma": 30, "missing_colon": 2, "quotes": 16, "wrong_sign": 3, "junk": 3, "foreign_word": 2,
        "extra_word": 1, "wrong_bracket": 2, "deleted_word": 2, "swapped": 0.5, "replaced": 0.5, "truncated": 3,
        "conflict": 1, "fence": 1},
    "java": {
        "missing_closer": 22, "missing_opener": 4, "extra_closer": 8, "extra_opener": 2, "several_brackets": 3,
        "missing_semicolon": 12, "extra_semicolon": 3, "missing_comma": 2, "extra_comma": 1.5, "quotes": 3,
        "keyword_typo": 7, "foreign_word": 2, "wrong_sign": 4, "junk": 4, "extra_word": 9, "wrong_bracket": 2,
        "deleted_word": 5, "deleted_sign": 4, "deleted_token": 1, "swapped": 1, "replaced": 1, "truncated": 3,
        "conflict": 1, "fence": 1},
}
KINDS["javascript"] = {**KINDS["java"], "missing_closer": 20, "missing_semicolon": 1, "missing_comma": 8,
                       "extra_comma": 3, "missing_colon": 3, "quotes": 7, "keyword_typo": 6, "joined_lines": 2}
KINDS["typescript"] = {**KINDS["javascript"], "missing_colon": 4}
KINDS["go"] = {**KINDS["java"], "missing_closer": 18, "missing_semicolon": 0.5, "missing_comma": 8, "quotes": 4,
               "keyword_typo": 6, "wrong_sign": 5, "joined_lines": 3, "missing_colon": 1}
KINDS["rust"] = {**KINDS["java"], "missing_closer": 18, "missing_semicolon": 8, "missing_comma": 6, "quotes": 3,
                 "keyword_typo": 7, "wrong_sign": 6, "missing_colon": 2}
# How many mistakes a text has: 1, 2, 3, 4 and more.
MISTAKES = {"python": (0.52, 0.24, 0.11, 0.13)}
MISTAKES_DEFAULT = (0.70, 0.14, 0.08, 0.08)
REPEATED_SHARE = 0.35  # of several mistakes: the same one again

NEIGHBOURS = {}
for _row in ("qwertyuiop", "asdfghjkl", "zxcvbnm"):
    for _at, _letter in enumerate(_row):
        NEIGHBOURS[_letter] = _row[max(0, _at - 1):_at] + _row[_at + 1:_at + 2]


def latin(text):
    """As the texts here are held: one character a byte."""
    return text.encode("utf-8").decode("latin-1")


# What people write who think of another language, or in a hurry.
FOREIGN = {
    "elif": ("else if", "elseif", "elsif", "elsef"), "def": ("function", "func", "define", "Def", "fun", "void"),
    "None": ("null", "none", "NULL", "nil"), "True": ("true",), "False": ("false",),
    "and": ("&&", "AND"), "or": ("||", "OR"), "not": ("!",), "except": ("catch", "exept", "excpet"),
    "raise": ("throw",), "import": ("include", "Import", "improt", "#include"), "from": ("form", "From"),
    "print": ("Print", "pritn"), "lambda": ("lamda", "Lambda"), "pass": ("Pass",), "func": ("function", "fn", "def"),
    "fn": ("func", "function", "def", "fun"), "function": ("func", "fucntion", "def", "Function"),
    "let": ("Let", "var mut", "set"), "const": ("Const", "final", "cons"), "var": ("Var", "let mut"),
    "match": ("switch",), "switch": ("Switch", "match"), "catch": ("except",), "throw": ("raise",),
    "null": ("NULL", "None", "nil", "Null"), "true": ("True", "TRUE", "yes"), "false": ("False", "FALSE", "no"),
    "nil": ("null", "NULL"), "else": ("Else", "esle", "els", "otherwise"), "if": ("If", "IF", "fi"),
    "while": ("While", "whille", "until"), "for": ("For", "foreach", "fro"), "return": ("Return", "retrun", "RETURN"),
    "struct": ("Struct", "class"), "int": ("Int", "integer", "nt"), "public": ("Public", "pubic"),
    "class": ("Class", "clas"), "void": ("Void", "viod"), "static": ("Static",), "boolean": ("Boolean n",),
    "interface": ("Interface",), "extends": ("extend", ":"), "implements": ("implement",), "new": ("New",),
    "in": ("of", "into"), "of": ("in",), "async": ("aysnc",), "await": ("awiat",), "type": ("typ", "Type"),
    "pub": ("public",), "mut": ("mutable", "Mut"), "impl": ("implement",), "range": ("Range",), "package": ("pakage",),
    "&&": ("and", "AND"), "||": ("or", "OR"), "!": ("not",), ":=": (": =",), "->": ("- >", "=>", "-"),
    "=>": ("= >", "->", "="), "==": ("=", "= ="), "!=": ("<>", "! =", "=!"), "<=": ("=<", "< ="),
    ">=": ("=>", "> ="), "++": ("+ +", "+", "+++"), "+=": ("=+", "+ ="), "-=": ("=-",),
}
# Signs that fingers and eyes take for each other.
WRONG_SIGNS = {
    ",": (";", ".", ":", " ", ",,"), ";": (":", ",", ".", ";:"), ":": (";", "=", ",", "->", "::"),
    ".": (",", "..", " "), "=": ("==", ":", "-", "=="), "==": ("=", "===", "= ="), "(": ("{", "[", "<"),
    ")": ("}", "]", ">"), "->": ("=>", "-", ">"), "=>": ("->", ">", "="), "::": (":",), "+": ("=", ""),
    "<": ("(", ">"), ">": (")", "<"), "&&": ("&", "and"), "||": ("|", "or"), "!": ("1",), "-": ("_", "--"),
    "*": ("8", "x"), "/": ("?",), "?": ("/",), "!=": ("=!", "!"), "<=": ("=<",), ">=": ("=>",), ":=": ("=", ":"),
    "+=": ("+ =", "=+"), "%": ("5",), "&": ("7", "&&"), "++": ("+",), "...": ("..", latin("…")),
}
STRAY = ("`", "?", "\\", "$", "@", "#", "~", "'", '"', "^", ";", ":", ".", ",", "=", "|", "!", "/", "*", "-", "+", "%",
         "&", "<", ">", "“", "”", "‘", "…", "»", "§", "\u00a0", "\u200b", "//", "==", "a", "x", "1", "0")
PROSE = ("here", "this", "error", "the", "is", "code", "line", "note", "output", "TBD", "etc", "my code", "then", "do",
         "end", "begin", "a", "to", "of", "it", "i", "some code", "fix", "like", "wrong", "hello", "test", "ok")
