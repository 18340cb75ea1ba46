import * as z from 'zod/mini';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { inputArguments, runFfmpeg } from './ffmpeg-job.ts';
import { checkSize, MAX_SECONDS } from './media-limits.ts';

/** Bytes of ffprobe's answer: delays of 100,000 frames. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** Numbers arrive as text, and are missing where the file does not say. */
const number = z.catch(z.coerce.number(), Number.NaN);
const word = z.catch(z.string(), '');
const stream = z.object({
  index: z.number(),
  codec_type: word,
  width: z.catch(z.number(), 0),
  height: z.catch(z.number(), 0),
  pix_fmt: word,
  color_space: word,
  color_range: word,
  sample_aspect_ratio: word,
  avg_frame_rate: word,
  duration: number,
  disposition: z.catch(z.object({ attached_pic: z.catch(z.number(), 0) }), { attached_pic: 0 }),
  side_data_list: z.catch(z.array(z.object({ rotation: number })), []),
});
const answer = z.object({
  streams: z.catch(z.array(stream), []),
  format: z.catch(z.object({ duration: number }), { duration: Number.NaN }),
  packets: z.catch(z.array(z.object({ duration_time: number })), []),
});
type VideoStream = z.infer<typeof stream>;

/** What there is to convert in a file. */
export interface Probe {
  readonly stream: number;
  /** Stored pixels after the file's rotation was applied, as the filters get them. */
  readonly stored: Geometry;
  /** Width over height of one stored pixel. */
  readonly pixelAspect: number;
  /** Rows as coded, which the rule for untagged colours goes by. */
  readonly codedLines: number;
  readonly pixelFormat: string;
  readonly colourSpace: string;
  readonly colourRange: string;
  /** Seconds; undefined where the file does not say. */
  readonly duration: number | undefined;
  /** Average frames a second; 0 where the file does not say. */
  readonly fps: number;
  /** Seconds each frame stands, for an animation; else empty. */
  readonly delays: readonly number[];
}

/**
 * Asks ffprobe about a file. Nothing of the picture is decoded yet, so sizes and lengths beyond the limits are refused here.
 * @throws LoopError MEDIA_UNSUPPORTED, MEDIA_DAMAGED, FFMPEG_MISSING
 */
export async function probe(
  path: string,
  format: { kind: 'video' | 'animation'; demuxer: string },
  { signal }: { signal: AbortSignal },
): Promise<Probe> {
  const isAnimation = format.kind === 'animation';
  const entries = [
    'stream=index,codec_type,width,height,pix_fmt,color_space,color_range,sample_aspect_ratio,avg_frame_rate,duration',
    'stream_disposition=attached_pic',
    'stream_side_data=rotation',
    'format=duration',
    ...(isAnimation ? ['packet=duration_time'] : []),
  ];
  const said = await ask(
    [...inputArguments(path, format.demuxer), '-show_entries', entries.join(':'), '-of', 'json'],
    signal,
  );
  const video = said.streams.find((one) => one.codec_type === 'video' && one.disposition.attached_pic === 0);
  if (video === undefined) throw noPicture(said.streams);
  if (video.width === 0 || video.height === 0) throw damaged('its picture has no size');
  checkSize(video);
  const duration = [video.duration, said.format.duration].find((seconds) => seconds > 0);
  if (duration !== undefined && duration > MAX_SECONDS) throw tooLong(duration);
  return { ...describe(video), duration, delays: said.packets.map((packet) => packet.duration_time) };
}

function describe(video: VideoStream): Omit<Probe, 'duration' | 'delays'> {
  const { width, height } = video;
  const rotation = video.side_data_list.find((one) => !Number.isNaN(one.rotation))?.rotation ?? 0;
  const isSideways = Math.abs(Math.round(rotation / 90)) % 2 === 1;
  const aspect = ratio(video.sample_aspect_ratio) || 1;
  return {
    stream: video.index,
    stored: isSideways ? { width: height, height: width } : { width, height },
    pixelAspect: isSideways ? 1 / aspect : aspect,
    codedLines: height,
    pixelFormat: video.pix_fmt,
    colourSpace: video.color_space,
    colourRange: video.color_range,
    fps: ratio(video.avg_frame_rate),
  };
}

async function ask(args: readonly string[], signal: AbortSignal): Promise<z.infer<typeof answer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const onOutput = (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) throw damaged('it has too many frames to list');
    chunks.push(chunk);
  };
  try {
    await runFfmpeg({ program: 'ffprobe', arguments: args, signal, onOutput });
    return answer.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    if (!isLoopError(error, 'CONVERSION_FAILED')) throw error;
    throw new LoopError(
      'MEDIA_DAMAGED',
      `The file begins like media, but cannot be read: ${String(error.details?.reason)}. It may be cut or damaged. Try to open it elsewhere, or choose another one.`,
      { cause: error },
    );
  }
}

/** `30000/1001` or `4:3` as a number; 0 where it says nothing. */
function ratio(text: string): number {
  const [above = 0, below = 0] = text.split(/[:/]/).map(Number);
  return above > 0 && below > 0 ? above / below : 0;
}

function noPicture(streams: readonly VideoStream[]): LoopError {
  const has = streams.some((one) => one.codec_type === 'audio') ? 'sound, but no picture' : 'no picture';
  return new LoopError('MEDIA_UNSUPPORTED', `The file has ${has}; a display needs one. Send a video or a picture.`);
}

function damaged(what: string): LoopError {
  return new LoopError(
    'MEDIA_DAMAGED',
    `The file cannot be converted: ${what}. Try to open it elsewhere, or choose another one.`,
  );
}

function tooLong(seconds: number): LoopError {
  return new LoopError(
    'MEDIA_UNSUPPORTED',
    `The video lasts ${Math.round(seconds / 60)} minutes; a clip lasts at most ${MAX_SECONDS / 60}. Cut it, and send the part that is to be shown.`,
  );
}
