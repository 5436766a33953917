/* Declarations: damage.h. */
#include "tests/support/damage.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct damage_source damage_sources[] = {
    {"c", "#include <stdio.h>\n\nstruct point {\n    int x, y;\n};\n\n"
          "static int sum(const struct point *points, int count) {\n    int total = 0;\n"
          "    for (int i = 0; i < count; i++) {\n        if (points[i].x > 0) {\n"
          "            total += points[i].x * (points[i].y + 1);\n        } else {\n            total--;\n   "
          "     }\n"
          "    }\n    return total;\n}\n\n"
          "int main(void) {\n    struct point points[2] = {{1, 2}, {3, 4}};\n"
          "    printf(\"%d \\\"quoted\\\"\\n\", sum(points, 2));\n    /* the end */\n    return 0;\n}\n"},
    {"python", "import os\nfrom sys import path\n\n\nclass Stack(list):\n    \"\"\"A stack.\"\"\"\n\n"
               "    def push(self, *items, **options):\n        for item in items:\n"
               "            if item is not None and options.get('keep', True):\n"
               "                self.append({'name': item, 'size': [1, 2, (3)]})\n            else:\n"
               "                print(f\"skipped {item!r}\")\n        return self\n\n\n"
               "def main():\n    try:\n        Stack().push(1, 2)\n    except ValueError as error:\n"
               "        raise SystemExit(1) from error\n    finally:\n        os.sep\n\n\nmain()\n"},
    {"javascript",
     "import { a, b as c } from './m.js';\n\nconst table = { one: 1, 'two': [2, 2], three() { return 3; } "
     "};\n\n"
     "export class Queue extends Base {\n  #items = [];\n  push(item) {\n"
     "    if (!item) { throw new Error(`no ${item} here`); }\n    this.#items.push(...[item]);\n  }\n}\n\n"
     "function walk(nodes) {\n  for (const node of nodes) {\n"
     "    node.children.forEach((child) => walk([child]));\n  }\n"
     "  return nodes.length > 0 ? table.one : null;\n}\n"},
    {"javascriptreact", "function App({ items }) {\n  const [open, setOpen] = useState(false);\n  return (\n"
                        "    <div className=\"app\" onClick={() => setOpen(!open)}>\n"
                        "      {items.map((item) => <Item key={item.id} {...item} />)}\n      <p>text</p>\n  "
                        "  </div>\n  );\n}\n"},
    {"typescript", "interface Shape {\n  area(): number;\n  name?: string;\n}\n\ntype Pair<T> = [T, T];\n\n"
                   "enum Color { Red, Green = 2 }\n\nexport class Circle implements Shape {\n"
                   "  constructor(private readonly r: number) {}\n  area(): number {\n    return Math.PI * "
                   "this.r ** 2;\n  }\n}\n\n"
                   "function first<T>(pair: Pair<T>): T {\n  const [a, _b] = pair;\n  return a as T;\n}\n"},
    {"typescriptreact", "type Props = { name: string };\n\nexport const Hello = (props: Props) => {\n"
                        "  const list: string[] = ['a', 'b'];\n  return <ul>{list.map((x) => <li "
                        "key={x}>{props.name}</li>)}</ul>;\n};\n"},
    {"json",
     "{\n  \"name\": \"noodle\",\n  \"versions\": [1, 2.5, -3e10],\n"
     "  \"nested\": {\"a\": {\"b\": [true, false, null]}, \"c\": \"\\u00e9\\n\"},\n  \"empty\": {}\n}\n"},
    {"jsonc", "{\n  // a comment\n  \"name\": \"noodle\", /* another */\n  \"list\": [\n    {\"a\": 1},\n    "
              "{\"b\": 2}\n  ]\n}\n"},
    {"go",
     "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\ntype Point struct {\n\tX, Y int\n}\n\n"
     "func (p *Point) Move(d int) error {\n\tif d < 0 {\n\t\treturn fmt.Errorf(\"bad %d\", d)\n\t}\n"
     "\tfor i := 0; i < d; i++ {\n\t\tp.X += i\n\t}\n\treturn nil\n}\n\n"
     "func main() {\n\tpoints := []Point{{1, 2}, {3, 4}}\n\tm := map[string]int{\"a\": 1}\n"
     "\tswitch len(points) {\n\tcase 0:\n\t\tos.Exit(1)\n\tdefault:\n\t\tfmt.Println(points, m)\n\t}\n}\n"},
    {"rust",
     "use std::collections::HashMap;\n\n#[derive(Debug)]\nstruct Point<'a> {\n    x: i32,\n    name: &'a "
     "str,\n}\n\n"
     "impl<'a> Point<'a> {\n    fn shift(&mut self, by: i32) -> Option<i32> {\n        match by {\n"
     "            0 => None,\n            n if n > 0 => {\n                self.x += n;\n                "
     "Some(self.x)\n"
     "            }\n            _ => panic!(\"negative: {}\", by),\n        }\n    }\n}\n\n"
     "fn main() {\n    let mut map: HashMap<String, Vec<i32>> = HashMap::new();\n"
     "    map.entry(\"a\".to_string()).or_default().push(1);\n    for (key, values) in &map {\n"
     "        println!(\"{key}: {:?}\", values.iter().map(|v| v + 1).collect::<Vec<_>>());\n    }\n}\n"},
    {"java",
     "package a.b;\n\nimport java.util.List;\nimport java.util.Map;\n\n"
     "public class Store<T> extends Base {\n    private final Map<String, List<T>> items = Map.of();\n\n"
     "    @Override\n    public int size(String name) throws Exception {\n        try {\n"
     "            for (T item : items.get(name)) {\n                if (item == null) {\n"
     "                    throw new IllegalStateException(\"none\");\n                }\n            }\n"
     "        } catch (RuntimeException error) {\n            return -1;\n        }\n"
     "        int[] counts = {1, 2, 3};\n        return counts[0] + items.size();\n    }\n}\n"},
};
const size_t damage_source_count = sizeof damage_sources / sizeof *damage_sources;

struct damage_random damage_random_start(void) {
    const char *wanted = getenv("NOODLE_SEED");
    struct damage_random random = {wanted ? strtoull(wanted, NULL, 0) : clock_now_ns()};
    if (random.state == 0) random.state = 1;
    printf("NOODLE_SEED=%llu\n", (unsigned long long)random.state);
    fflush(stdout);
    return random;
}

uint32_t damage_random_below(struct damage_random *random, uint32_t limit) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (uint32_t)((random->state >> 11) % limit);
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* The word or the single byte at a place, without spaces where there is another choice. */
static void token_at(struct damage_random *random, const char *bytes, size_t length, uint32_t *ret_start,
                     uint32_t *ret_end) {
    uint32_t start = damage_random_below(random, (uint32_t)length);
    for (int tries = 0; tries < 20 && isspace((unsigned char)bytes[start]); tries++)
        start = damage_random_below(random, (uint32_t)length);
    uint32_t end = start + 1;
    if (is_word(bytes[start])) {
        while (start > 0 && is_word(bytes[start - 1]))
            start--;
        while (end < length && is_word(bytes[end]))
            end++;
    }
    *ret_start = start;
    *ret_end = end;
}

struct damage_edit damage_make(struct damage_random *random, const char *bytes, size_t length) {
    static const char *const inserted[] = {
        "(",    ")",     "[",       "]", "{", "}",        "\"",   "'",           "`",         ";",
        ",",    ":",     ".",       "=", "<", "/*",       "*/",   "//",          "#",         "\n",
        "    ", "else ", "return ", "0", "x", "\xC3\xA9", "\xFF", "<<<<<<< a\n", "=======\n", ">>>>>>> b\n"};
    struct damage_edit edit = {0};
    if (length > 0) token_at(random, bytes, length, &edit.start_byte, &edit.end_byte);
    switch (length > 0 ? damage_random_below(random, 9) : 4) {
    case 0:
    case 1:
    case 2: break; /* a token is lost */
    case 3: /* a letter is lost */ edit.start_byte = edit.end_byte - 1; break;
    case 4:
    case 5: /* something is typed */
        edit.new_bytes = inserted[damage_random_below(random, sizeof inserted / sizeof *inserted)];
        edit.new_length = (uint32_t)strlen(edit.new_bytes);
        edit.end_byte = edit.start_byte;
        break;
    case 6: /* a token stands twice */
        edit.new_bytes = bytes + edit.start_byte;
        edit.new_length = edit.end_byte - edit.start_byte;
        edit.end_byte = edit.start_byte;
        break;
    case 7: /* a sign is typed over another: the length stays */
        edit.start_byte = edit.end_byte - 1;
        edit.new_bytes = inserted[damage_random_below(random, 15)];
        edit.new_length = 1;
        break;
    default: /* the rest of a line is lost */
        while (edit.end_byte < length && bytes[edit.end_byte] != '\n')
            edit.end_byte++;
        break;
    }
    return edit;
}

void damage_apply(struct str *bytes, const struct damage_edit *edit) {
    struct str damaged;
    str_init(&damaged);
    str_add(&damaged, bytes->bytes, edit->start_byte);
    if (edit->new_length > 0) str_add(&damaged, edit->new_bytes, edit->new_length);
    str_add(&damaged, bytes->bytes + edit->end_byte, bytes->length - edit->end_byte);
    str_finish(bytes);
    *bytes = damaged;
}
