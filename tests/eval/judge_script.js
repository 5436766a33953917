// judge_script: answers each JSON line {"language", "text"} with true when the language's own parser accepts the text.
// JavaScript: V8, as a script or as a module. TypeScript: the package named by the first argument, as .ts or as .tsx.
'use strict';

const vm = require('node:vm');
const readline = require('node:readline');

const typescript = process.argv[2] ? require(process.argv[2]) : null;

function parses(make) {
    try {
        make();
        return true;
    } catch {
        return false;
    }
}

function javascriptAccepts(text) {
    return parses(() => new vm.Script(text)) || parses(() => new vm.SourceTextModule(text));
}

function typescriptAccepts(text) {
    return ['judged.ts', 'judged.tsx'].some((name) => {
        const file = typescript.createSourceFile(name, text, typescript.ScriptTarget.Latest, false);
        return file.parseDiagnostics.length === 0;
    });
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const { language, text } = JSON.parse(line);
    const accepts = language === 'typescript' ? typescriptAccepts : javascriptAccepts;
    process.stdout.write(`${accepts(text)}\n`);
});
