// The page of convert.ts: one file, converted in LOOP's way and in the original's way, the result put to the server.
import { FFmpeg } from '@ffmpeg/ffmpeg';
import JSZip from 'jszip';
import { convert } from '../dashboard/convert/converter.ts';

/** Bytes of the result and milliseconds from the file to its last byte at the server. */
export interface Finished {
  readonly bytes: number;
  readonly milliseconds: number;
}

export interface BenchPage {
  byLoop(): Promise<Finished>;
  byOriginal(): Promise<Finished>;
}

const size = { width: 320, height: 240 };
const framerate = 25;

async function finish(began: number, name: string, body: Blob): Promise<Finished> {
  await fetch(`out/${name}`, { method: 'PUT', body });
  return { bytes: body.size, milliseconds: performance.now() - began };
}

const benchPage: BenchPage = {
  async byLoop() {
    const file = new File([await (await fetch('media/film.mp4')).blob()], 'film.mp4');
    const began = performance.now();
    const { clip, hash } = convert(
      file,
      { ...size, framerate, fit: 'contain', quality: 't6', dither: 'none', title: 'Film' },
      { onProgress: () => undefined, signal: new AbortController().signal },
    );
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const bytes of clip) pieces.push(new Uint8Array(bytes));
    await hash;
    return finish(began, 'film.loop', new Blob(pieces));
  },

  async byOriginal() {
    const file = await (await fetch('media/film.mp4')).blob();
    const began = performance.now();
    const core = (name: string): string => new URL(`media/${name}`, location.href).href;
    const ffmpeg = new FFmpeg();
    await ffmpeg.load({
      coreURL: core('ffmpeg-core.js'),
      wasmURL: core('ffmpeg-core.wasm'),
      classWorkerURL: './ffmpeg.js',
    });
    await ffmpeg.writeFile('film.mp4', new Uint8Array(await file.arrayBuffer()));
    const { width, height } = size;
    const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1`;
    const raw = ['-f', 'image2', '-c:v', 'rawvideo', '-pix_fmt', 'rgb565be'];
    await ffmpeg.exec(['-i', 'film.mp4', '-an', '-vf', `fps=${framerate},${fit}`, ...raw, 'frame_%06d.rgb']);
    const zip = new JSZip();
    for (const { name } of await ffmpeg.listDir('/')) {
      if (!name.startsWith('frame_')) continue;
      zip.file(`frames/${name}`, await ffmpeg.readFile(name));
      await ffmpeg.deleteFile(name);
    }
    ffmpeg.terminate();
    const blob = await zip.generateAsync({ type: 'blob', compression: 'DEFLATE', compressionOptions: { level: 6 } });
    return finish(began, 'film.zip', blob);
  },
};

Object.assign(globalThis, { benchPage });
