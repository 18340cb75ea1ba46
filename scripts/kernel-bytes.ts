import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const kernel = new URL('../dashboard/convert/kernel/kernel.ts', import.meta.url);

/** dashboard/convert/kernel-bytes.ts: the resize kernel, compiled by AssemblyScript and embedded. */
export async function generateKernelBytes(): Promise<string> {
  const source = await readFile(kernel, 'utf8');
  let bytes: Uint8Array | undefined;
  const options = '--outFile kernel.wasm --runtime stub --enable simd -O3 --noAssert'.split(' ');
  const { error, stderr } = await asc.main(['kernel.ts', ...options], {
    readFile: (name: string) => (name === 'kernel.ts' ? source : null),
    writeFile: (_name: string, contents: string | Uint8Array) => {
      bytes = Buffer.from(contents);
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`kernel.ts did not compile.\n${stderr.toString()}`, { cause: error });
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,112}/g) ?? [];
  return [
    '// Made by npm run generate from kernel/kernel.ts.',
    '',
    '/** The resize kernel as WebAssembly, base64. */',
    'export const kernelBase64 = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}
