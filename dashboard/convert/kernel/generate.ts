// Compiles kernel.ts and embeds the WebAssembly in ../kernel-bytes.ts. `node dashboard/convert/kernel/generate.ts`; with `--check` it
// writes nothing and ends with 1 when the committed file is not what this compiler makes of this source.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const output = fileURLToPath(new URL('../kernel-bytes.ts', import.meta.url));

/** The text of kernel-bytes.ts as it must be. */
export async function generateKernelBytes(): Promise<string> {
  const source = await readFile(new URL('./kernel.ts', import.meta.url), 'utf8');
  let bytes: Uint8Array | undefined;
  const options = '--outFile kernel.wasm --runtime stub --enable simd -O3 --noAssert'.split(' ');
  const { error, stderr } = await asc.main(['kernel.ts', ...options], {
    readFile: (name: string) => (name === 'kernel.ts' ? source : null),
    writeFile: (_name: string, contents: Uint8Array) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`kernel.ts did not compile.\n${stderr.toString()}`, { cause: error });
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,112}/g) ?? [];
  return [
    '// Written by kernel/generate.ts from kernel/kernel.ts: `npm run generate`.',
    '',
    '/** The resize kernel as WebAssembly, base64. */',
    'export const kernelBase64 = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await generateKernelBytes();
  if (!process.argv.includes('--check')) await writeFile(output, text);
  else if ((await readFile(output, 'utf8')) !== text) {
    console.error('dashboard/convert/kernel-bytes.ts is not what kernel/kernel.ts compiles to. Run npm run generate.');
    process.exitCode = 1;
  }
}
