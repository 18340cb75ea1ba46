import { BlobSource, Input, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';

/** Opens a video's container, of the four kinds whose reader the page carries. The caller disposes of it; only its head is read. */
export function openVideoInput(file: Blob): Input {
  return new Input({ formats: [MP4, QTFF, MATROSKA, WEBM], source: new BlobSource(file) });
}
