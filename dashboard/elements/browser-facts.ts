/** One thing a browser can or cannot do, and what follows for LOOP. */
export interface BrowserFact {
  readonly name: string;
  readonly isTrue: boolean;
  readonly means: string;
}

/** One codec string of each kind at 1080p, as WebCodecs names them (registry: w3.org/TR/webcodecs-codec-registry). */
const codecs = [
  ['H.264 video', 'avc1.640028'],
  ['HEVC video', 'hev1.1.6.L120.90'],
  ['VP9 video', 'vp09.00.40.08'],
  ['AV1 video', 'av01.0.08M.08'],
] as const;

/** The smallest module with a SIMD instruction: i8x16.splat of a constant. */
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

/** Tries everything LOOP's page would like to use. */
export async function browserFacts(): Promise<BrowserFact[]> {
  const fact = (name: string, isTrue: boolean, yes: string, no: string) => ({ name, isTrue, means: isTrue ? yes : no });
  return [
    fact(
      'Secure address',
      isSecureContext,
      'https or localhost: the browser gives its decoders to this page.',
      'Plain http: browsers keep their video decoders from such pages. LOOP converts video itself then.',
    ),
    ...(await Promise.all(codecs.map(([name, codec]) => codecFact(name, codec)))),
    fact(
      'Animations frame by frame',
      'ImageDecoder' in globalThis,
      'GIF, animated WebP and APNG are converted here.',
      'Animations are converted by LOOP.',
    ),
    fact('Workers', 'Worker' in globalThis, 'Converting never holds up the page.', 'Files are converted by LOOP.'),
    fact(
      'Compression',
      'CompressionStream' in globalThis,
      'Clips are packed while they are made.',
      'Files are converted by LOOP.',
    ),
    fact(
      'WebAssembly with SIMD',
      WebAssembly.validate(new Uint8Array(SIMD)),
      'Pictures are scaled by the fast way.',
      'Pictures are scaled by a slower way, with the same result.',
    ),
    fact(
      'Memory for interrupted uploads',
      await canKeep(),
      'Uploads up to 200 MB go on by themselves after a reload.',
      'After a reload LOOP asks for the same file again.',
    ),
  ];
}

async function codecFact(name: string, codec: string): Promise<BrowserFact> {
  const isTrue =
    'VideoDecoder' in globalThis &&
    (await VideoDecoder.isConfigSupported({ codec, codedWidth: 1920, codedHeight: 1080 }).then(
      ({ supported }) => supported === true,
      () => false,
    ));
  return {
    name,
    isTrue,
    means: isTrue ? `Is converted in this browser (${codec}).` : `Is converted by LOOP (${codec}).`,
  };
}

function canKeep(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('loop-diagnostics');
      request.onerror = () => resolve(false);
      request.onsuccess = () => {
        request.result.close();
        indexedDB.deleteDatabase('loop-diagnostics');
        resolve(true);
      };
    } catch {
      resolve(false);
    }
  });
}
