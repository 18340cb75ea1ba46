import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { media } from '../media/media.ts';

const program = fileURLToPath(new URL('../../addon/command-line.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let film: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-command-line-'));
  film = await media('tiny.mp4');
  await convert(film, 't6.loop');
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs the program in the test's folder, which is where names without a folder are looked for. */
function run(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function runWell(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...words);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, words.join(' '));
  return stdout;
}

async function convert(input: string, output: string, ...flags: string[]) {
  const summary = JSON.parse(await runWell('convert', input, output, ...flags));
  assert.equal(summary.file, output);
  return { summary, bytes: await readFile(join(folder, output)) };
}

describe('convert', () => {
  test('makes a clip of which every checksum holds', async () => {
    const { summary, bytes } = await convert(film, 'made.loop');
    assert.deepEqual([summary.type, summary.frames, summary.bytes], ['video', 10, bytes.length]);
    assert.equal(await runWell('check', 'made.loop'), 'made.loop: 10 frames, every checksum holds\n');
  });

  test('close enough is smaller than exact', async () => {
    const noisy = await media('bbb.gif');
    const [exact, close] = [
      await convert(noisy, 'exact.loop', '--quality', 'exact'),
      await convert(noisy, 'close.loop', '--quality', 't6'),
    ];
    assert.equal(close.summary.frames, exact.summary.frames);
    assert.ok(close.bytes.length < exact.bytes.length, `${close.bytes.length} of ${exact.bytes.length} bytes`);
    assert.ok(close.summary.bus_bytes < exact.summary.bus_bytes);
  });

  test('size, fit, dither and frames a second are those asked for', async () => {
    const picture = await media('bbb.png');
    const contain = await convert(picture, 'contain.loop', '--size', '160x128');
    const cover = await convert(picture, 'cover.loop', '--size', '160x128', '--fit', 'cover');
    const dithered = await convert(picture, 'dithered.loop', '--size', '160x128', '--fit', 'cover', '--dither');
    const firsts = [contain, cover, dithered].map(({ summary }) => summary.crc32_of_first);
    assert.equal(new Set(firsts).size, 3, 'three pictures');
    const { width, height, conversion } = await info('dithered.loop');
    assert.deepEqual([width, height], [160, 128]);
    assert.deepEqual(conversion, { mode: 't6', threshold: 6, dither: 'bayer', fit: 'cover' });
    const slow = await convert(film, 'slow.loop', '--framerate', '10');
    assert.equal(slow.summary.frames, 4);
    for (const file of ['contain.loop', 'cover.loop', 'slow.loop']) await runWell('check', file);
  });

  test('what fails leaves no clip behind', async () => {
    const { code } = await run('convert', await media('truncated.mp4'), 'broken.loop');
    assert.equal(code, 1);
    await assert.rejects(stat(join(folder, 'broken.loop')), { code: 'ENOENT' });
  });
});

async function info(file: string) {
  return JSON.parse(await runWell('info', file));
}

test('info tells what a clip is', async () => {
  const { made, statistics, size_bytes: bytes, ...rest } = await info('t6.loop');
  assert.deepEqual(rest, {
    width: 320,
    height: 240,
    timebase: [1, 25],
    title: 'tiny',
    scan: 'rows',
    conversion: { mode: 't6', threshold: 6, dither: 'none', fit: 'contain' },
    source: { name: 'tiny.mp4', fps: 25 },
    frames: 10,
    duration_ms: 400,
    chunks: rest.chunks,
    whole: true,
  });
  assert.equal(bytes, (await stat(join(folder, 't6.loop'))).size);
  assert.ok(Date.parse(made) > 0);
  assert.equal(statistics.frames, 10);
  assert.ok(statistics.bus_bytes.average > 0 && statistics.bus_bytes.most <= 153_700);
});

describe('check', () => {
  test('one wrong bit, or a byte too few, is found and named', async () => {
    const whole = await readFile(join(folder, 't6.loop'));
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
    await writeFile(join(folder, 'flipped.loop'), flipped);
    await writeFile(join(folder, 'short.loop'), whole.subarray(0, -1));
    for (const [file, code] of [
      ['flipped.loop', /CLIP_DAMAGED/],
      ['short.loop', /CLIP_TRUNCATED|CLIP_DAMAGED/],
    ] as const) {
      const ended = await run('check', file);
      assert.deepEqual([ended.code, ended.stdout], [1, '']);
      assert.match(ended.stderr, code);
    }
  });
});

describe('play', () => {
  test('as fast as it goes: one play, or as many frames as are asked for', async () => {
    const once = JSON.parse(await runWell('play', 't6.loop', '--free'));
    assert.deepEqual([once.shown, once.dropped, once.presentation_error_ms], [10, 0, null]);
    assert.ok(once.bus_bytes > 153_600, 'a whole picture and what changed');
    const more = JSON.parse(await runWell('play', 't6.loop', '--free', '--frames', '25'));
    assert.equal(more.shown, 25, 'round and round');
  });

  test('by the clock', async () => {
    const played = JSON.parse(await runWell('play', 't6.loop', '--frames', '15'));
    assert.ok(played.shown + played.dropped >= 15);
    // A busy machine makes it longer, nothing shorter: 14 frame times lie between 15 frames.
    assert.ok(played.seconds >= 0.5, `${played.seconds} s`);
    assert.deepEqual(Object.keys(played.presentation_error_ms), ['p50', 'p99', 'over_40']);
  });

  test('on the display of the options', async () => {
    await writeFile(join(folder, 'options.json'), JSON.stringify({ displays: [{ panel: 'st7735', rotation: 0 }] }));
    const { bus_bytes: bytes } = JSON.parse(
      await runWell('play', 't6.loop', '--free', '--frames', '1', '--options', 'options.json'),
    );
    assert.ok(bytes >= 128 * 160 * 2 && bytes < 128 * 160 * 2 + 100, `one picture of 128 x 160: ${bytes} bytes`);
  });
});

describe('what is wrong is said in a sentence with the mend', { concurrency: 2 }, () => {
  test('without a command it says how', async () => {
    assert.deepEqual(await run().then(({ code, stdout }) => [code, stdout]), [0, '']);
    assert.match((await run()).stderr, /convert IN OUT\.loop[\s\S]*info CLIP[\s\S]*check CLIP[\s\S]*play CLIP/);
  });

  const wrong: [what: string, words: string[], said: RegExp][] = [
    ['an unknown command', ['dance'], /There is no command "dance"[\s\S]*convert IN OUT\.loop/],
    ['an unknown flag', ['info', 't6.loop', '--bogus'], /'--bogus'\. Run "npm run loop" to see how/],
    ['a file too few', ['convert', 'in.mp4'], /takes two files, IN and OUT\.loop\. Run/],
    ['no file', ['check'], /check takes a clip file\. Run/],
    ['a bad size', ['convert', 'in.mp4', 'out.loop', '--size', '3x'], /--size is "3x"; it is WIDTHxHEIGHT, as 320x240/],
    ['no pixels', ['convert', 'FILM', 'out.loop', '--size', '0x0'], /0 x 0 pixels; a clip holds sides of 1 to 4096/],
    ['an unknown fit', ['convert', 'in.mp4', 'o.loop', '--fit', 'x'], /"x"; it is one of contain, cover, stretch/],
    ['an unknown quality', ['convert', 'in.mp4', 'o.loop', '--quality', 'x'], /"x"; it is one of exact, t6, t8b/],
    ['no frames', ['play', 't6.loop', '--frames', '0'], /--frames is "0"; it is a whole number from 1 to/],
    ['a missing original', ['convert', 'none.mp4', 'out.loop'], /none\.mp4'?\. Name a file that is there/],
    ['a missing folder', ['convert', 'FILM', 'none/out.loop'], /none\/out\.loop'?\. Name a file .* may be written/],
    ['a missing clip', ['info', 'none.loop'], /none\.loop cannot be opened.*CLIP_NOT_FOUND/],
    ['what is no clip', ['info', 'text'], /not those of a \.loop file\. Convert the file to a clip first/],
    ['what is no clip, checked', ['check', 'text'], /NOT_A_CLIP/],
    ['what is no clip, played', ['play', 'text'], /NOT_A_CLIP/],
    ['what is no clip, played fast', ['play', 'text', '--free'], /NOT_A_CLIP/],
    ['what is no media', ['convert', 'text', 'out.loop'], /Send MP4, MOV, .* \(MEDIA_UNSUPPORTED\)/],
    ['missing options', ['play', 't6.loop', '--options', 'none.json'], /none\.json'?\. Name a file that is there/],
    ['options that are no JSON', ['play', 't6.loop', '--options', 'text'], /text is no JSON: .* Correct it/],
    [
      'wrong options',
      ['play', 't6.loop', '--options', 'wrong.json'],
      /displays\[0\]\.rotation: 0, 90, 180 or 270\. Correct displays/,
    ],
  ];
  before(async () => {
    await writeFile(join(folder, 'text'), 'This is neither a clip nor media.\n');
    await writeFile(join(folder, 'wrong.json'), '{"displays":[{"rotation":45}]}');
  });
  for (const [what, words, said] of wrong) {
    test(what, async () => {
      const { code, stdout, stderr } = await run(...words.map((word) => (word === 'FILM' ? film : word)));
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
    });
  }
});
