import type { LoopErrorCode } from '../format/errors.ts';

/** What a program and a person need to know of an error code. */
export interface ErrorEntry {
  /** HTTP status of an answer with this code. */
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retry: boolean;
  /** What to do, in a sentence. */
  readonly mend: string;
}

/** The one table of errors. docs/errors.md is made from it. */
export const errorTable: Readonly<Record<LoopErrorCode, ErrorEntry>> = {
  NOT_A_CLIP: {
    status: 422,
    retry: false,
    mend: 'Send a file in the .loop format, or the original alone and let LOOP convert it.',
  },
  CLIP_VERSION_UNSUPPORTED: { status: 422, retry: false, mend: 'Update LOOP: the clip was made by a newer one.' },
  CLIP_FEATURE_UNSUPPORTED: { status: 422, retry: false, mend: 'Update LOOP, or convert the original again.' },
  CLIP_DAMAGED: { status: 422, retry: false, mend: 'Upload the clip again; its bytes do not match their checksum.' },
  CLIP_TRUNCATED: { status: 422, retry: false, mend: 'Upload the clip again, whole.' },
  INVALID_REQUEST: { status: 400, retry: false, mend: 'Correct the part of the request that the message names.' },
  INVALID_ACTION: { status: 400, retry: false, mend: 'Use one of the actions and values that the message lists.' },
  NOT_FOUND: { status: 404, retry: false, mend: 'Check the address.' },
  METHOD_NOT_ALLOWED: { status: 405, retry: false, mend: 'Use one of the methods in the Allow header.' },
  CLIP_NOT_FOUND: { status: 404, retry: false, mend: 'Ask GET /api/media for the clips there are.' },
  CLIP_AMBIGUOUS: { status: 409, retry: false, mend: 'Name one of the candidates by its slug.' },
  ITEM_NOT_FOUND: { status: 404, retry: false, mend: 'Ask GET /api/loop for the items there are.' },
  DISPLAY_NOT_FOUND: { status: 404, retry: false, mend: 'Ask GET /api/displays for the displays there are.' },
  PLAYLIST_NOT_FOUND: { status: 404, retry: false, mend: 'Ask GET /api/playlists for the playlists there are.' },
  UPLOAD_NOT_FOUND: { status: 404, retry: false, mend: 'Begin the upload again; unfinished ones are kept 24 hours.' },
  ALREADY_IN_LOOP: { status: 409, retry: false, mend: 'Send "again": true to have it twice.' },
  LOOP_CHANGED: {
    status: 409,
    retry: false,
    mend: 'Somebody else changed the loop; take the list in the answer and order that.',
  },
  LOOP_MISMATCH: { status: 422, retry: false, mend: 'Send every item of the loop exactly once.' },
  NOTHING_TO_PLAY: { status: 409, retry: false, mend: 'Upload something, or add a clip to the loop.' },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    retry: false,
    mend: 'Ask for a range inside the size in the Content-Range header.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    retry: false,
    mend: 'Send less in one request; large files go through /api/uploads in parts.',
  },
  REQUEST_TIMEOUT: { status: 408, retry: true, mend: 'Send the request faster, or raise web.request_timeout_seconds.' },
  FILE_MISSING: { status: 400, retry: false, mend: 'Send the file in a multipart field called "original".' },
  FILE_EMPTY: { status: 422, retry: false, mend: 'The file has no bytes; choose another one.' },
  FILE_TOO_LARGE: {
    status: 413,
    retry: false,
    mend: 'Use the page, which converts larger files in the browser, or raise media.max_file_size_mb.',
  },
  TOO_MANY_FILES: { status: 400, retry: false, mend: 'Send one original in a request.' },
  MEDIA_UNSUPPORTED: {
    status: 415,
    retry: false,
    mend: 'Send a video (MP4, MOV, MKV, WebM, AVI), a GIF, WebP, APNG, PNG or JPEG.',
  },
  MEDIA_DAMAGED: {
    status: 422,
    retry: false,
    mend: 'The file cannot be read; try to open it elsewhere, or choose another one.',
  },
  BUNDLE_INVALID: {
    status: 422,
    retry: false,
    mend: 'A bundle is a ZIP with metadata.json, frames/frame_000001.rgb and up, and one original/ file.',
  },
  BUNDLE_TOO_LARGE: { status: 413, retry: false, mend: 'Split the bundle: it unpacks to more than LOOP accepts.' },
  UPLOAD_CONFLICT: { status: 409, retry: true, mend: 'Ask for the offset with HEAD and go on from there.' },
  CHECKSUM_MISMATCH: { status: 422, retry: true, mend: 'Upload the file again; it changed on the way.' },
  FFMPEG_MISSING: {
    status: 503,
    retry: false,
    mend: 'Install ffmpeg (apt install ffmpeg) and restart LOOP, or convert on the page in a browser with WebCodecs.',
  },
  CONVERSION_FAILED: {
    status: 422,
    retry: false,
    mend: 'The message says what ffmpeg found; try another file or format.',
  },
  STORAGE_FULL: { status: 507, retry: true, mend: 'Delete clips, or give LOOP_DATA more space.' },
  STORAGE_READ_ONLY: { status: 507, retry: true, mend: 'Make LOOP_DATA writable for the user LOOP runs as.' },
  UNAUTHORIZED: { status: 401, retry: false, mend: 'Send "Authorization: Bearer <token>", or log in at /login.' },
  ORIGIN_FORBIDDEN: {
    status: 403,
    retry: false,
    mend: 'Open LOOP by its own address, or add the page to web.allowed_origins.',
  },
  HOST_MISDIRECTED: {
    status: 421,
    retry: false,
    mend: 'Use http://127.0.0.1 or http://localhost, or set LOOP_HOST to be reachable from elsewhere.',
  },
  TOO_BUSY: { status: 503, retry: true, mend: 'Try again in a moment.' },
  OPTIONS_INVALID: { status: 400, retry: false, mend: 'Correct the options the message names.' },
  PORT_TAKEN: {
    status: 500,
    retry: true,
    mend: 'Stop the program that holds the port, or set LOOP_PORT to another one.',
  },
  PANEL_UNKNOWN: { status: 400, retry: false, mend: 'Choose one of ili9341, st7789, st7735, ili9488, gc9a01.' },
  LINE_REFUSED: {
    status: 500,
    retry: false,
    mend: 'Choose other GPIO lines in the options; 7 to 11 belong to the SPI bus.',
  },
  LINE_BUSY: { status: 500, retry: true, mend: 'Stop the program that holds the GPIO line; the message names it.' },
  BUS_MISSING: { status: 500, retry: true, mend: 'Switch SPI on (dtparam=spi=on in config.txt) and restart the Pi.' },
  BUS_DENIED: { status: 500, retry: true, mend: 'Put the user LOOP runs as into the groups spi and gpio.' },
  BUS_FAILED: { status: 500, retry: true, mend: 'Check the wiring, and lower displays[].speed_hz.' },
  BUS_GONE: { status: 500, retry: true, mend: 'The SPI device vanished; LOOP opens it again by itself.' },
  NATIVE_ADDON_MISSING: {
    status: 500,
    retry: false,
    mend: 'Install a C++ compiler and python3, then run npm ci again.',
  },
  ABORTED: { status: 499, retry: true, mend: 'The work was cancelled; start it again.' },
  INTERNAL: { status: 500, retry: true, mend: 'This is a fault of LOOP; report it with the log.' },
};
