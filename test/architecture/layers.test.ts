import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** A tree of its own under the project's rules, so that a planted breach never stands in the project itself. */
const tree = mkdtempSync(join(tmpdir(), 'loop-layers-'));
after(() => rmSync(tree, { recursive: true }));
copyFileSync(join(root, 'biome.json'), join(tree, 'biome.json'));

/** What the gate's linter says of these files. */
function lint(files: Readonly<Record<string, string>>): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), content);
  }
  const biome = join(root, 'node_modules/.bin/biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', '--colors=off', ...Object.keys(files)], {
    cwd: tree,
    encoding: 'utf8',
  });
  for (const file of Object.keys(files)) rmSync(join(tree, file));
  return stdout + stderr;
}

const breaches: readonly (readonly [file: string, line: string])[] = [
  ['format/planted.ts', "export { errorTable } from '../contract/errors.ts';"],
  ['format/planted.ts', "export { readFileSync } from 'node:fs';"],
  ['contract/planted.ts', "export { Emitter } from '../engine/emitter.ts';"],
  ['emulator/planted.ts', "export { panels } from '../engine/panel/panels.ts';"],
  ['client/planted.ts', "export { Emitter } from '../engine/emitter.ts';"],
  ['addon/planted.ts', "export { PanelEmulator } from '../emulator/panel-emulator.ts';"],
  ['addon/http/planted.ts', "export { LoopClient } from '../../client/client.ts';"],
  ['dashboard/planted.ts', "export { Emitter } from '../engine/emitter.ts';"],
  ['engine/planted.ts', "export { LoopClient } from '../client/client.ts';"],
  ['engine/player/planted.ts', "export { openStore } from '../store/store.ts';"],
  ['engine/store/planted.ts', "export { openPlayer } from '../player/player.ts';"],
  ['engine/panel/planted.ts', "export { PanelEmulator } from '../../emulator/panel-emulator.ts';"],
];

for (const [file, line] of breaches) {
  test(`an import against the arrows fails the check: ${dirname(file)} with ${line}`, () => {
    const found = lint({ [file]: `${line}\n` });
    assert.match(found, /noRestrictedImports/);
    assert.match(found, /Found 1 error/);
  });
}

test('a cycle of imports fails the check', () => {
  const found = lint({
    'format/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
    'format/two.ts': "import { one } from './one.ts';\nexport const two = () => one;\n",
  });
  assert.match(found, /noImportCycles/);
});

test('imports along the arrows pass the same check', () => {
  const found = lint({
    'engine/planted.ts': "export { errorTable } from '../contract/errors.ts';\n",
    'engine/bus/emulated-bus.ts': "export { PanelEmulator } from '../../emulator/panel-emulator.ts';\n",
    'engine/player/planted.ts': "export { openOutput } from '../panel/output.ts';\n",
  });
  assert.doesNotMatch(found, /Found \d+ error/);
});
