import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import type { UploadProgress } from '../../contract/messages.ts';
import { PanelProgress } from '../../engine/panel-progress.ts';

let drawn: (number | null)[];
let bar: PanelProgress;
beforeEach(() => {
  drawn = [];
  bar = new PanelProgress((fraction) => drawn.push(fraction));
});

function take(transaction: string, progress: number, more: Partial<UploadProgress> = {}): void {
  bar.take({ transaction, filename: 'film.mp4', stage: 'converting', progress, error: null, ...more });
}

test('a bar is drawn anew for each percent and goes at the end', () => {
  for (const percent of [15, 15.4, 16, 100]) take('a', percent);
  assert.deepEqual(drawn, [0.15, 0.16, null]);
});

test('of several uploads the oldest has the bar, then the next one', () => {
  take('a', 20);
  take('b', 70);
  take('a', 30);
  take('a', 40, { error: { code: 'MEDIA_DAMAGED', message: 'It cannot be read. Send it again.' } });
  take('b', 100);
  assert.deepEqual(drawn, [0.2, 0.3, 0.7, null]);
});

test('an upload whose sender left loses the bar, and gets it again when it goes on; a conversion may be silent', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  take('a', 5, { stage: 'resizing' });
  mock.timers.tick(3_600_000);
  take('a', 6, { stage: 'resizing' });
  take('a', 20);
  mock.timers.tick(3_600_000);
  mock.timers.reset();
  assert.deepEqual(drawn, [0.05, null, 0.06, 0.2]);
});
