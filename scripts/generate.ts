import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiDocument } from './api-document.ts';
import { configDocument, errorDocument, made } from './documents.ts';
import { generateKernelBytes } from './kernel-bytes.ts';

/** Writes the files that are made from others. With `--check` it writes nothing and fails where a file is out of date. */
const files: Readonly<Record<string, () => string | Promise<string>>> = {
  'dashboard/convert/kernel-bytes.ts': generateKernelBytes,
  'docs/api.md': () => apiDocument(made),
  'docs/errors.md': errorDocument,
  'docs/config.md': configDocument,
};

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
for (const [file, make] of Object.entries(files)) {
  const wanted = await make();
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found === wanted) continue;
  if (values.check) {
    process.stderr.write(`${file} is out of date: run npm run generate\n`);
    process.exitCode = 1;
  } else {
    await writeFile(file, wanted);
    process.stdout.write(`wrote ${file}\n`);
  }
}
