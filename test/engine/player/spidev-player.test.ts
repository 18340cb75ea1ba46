import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DisplayStats } from '../../../contract/domain.ts';
import { panelModels } from '../../../emulator/models.ts';
import { openKernelDevice } from '../../kernel-device/kernel-device.ts';
import { counted, writeClip } from './test-clips.ts';

interface Told {
  readonly loaded?: string;
  readonly state?: string;
  readonly code?: string | null;
  readonly positionUs?: number;
  readonly stats?: DisplayStats;
}

/** The next message of the child that `matches`. */
async function told(child: ChildProcess, matches: (message: Told) => boolean): Promise<Told> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Told];
    if (matches(message)) return message;
  }
}

test('on the real driver the player shows every frame, comes back by itself when the bus has gone, and leaves the panel dark', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loop-player-'));
  const file = join(folder, 'a.loop');
  await writeClip(file, { width: 160, height: 128 }, counted(0x1000, 50, 20));
  await using device = await openKernelDevice();
  const panel = device.attachPanel({ device: '0.0', model: panelModels.st7735, dc: 25, reset: 27, backlight: 18 });
  const child = fork(new URL('./spidev-child.ts', import.meta.url), [file], {
    env: { ...process.env, ...device.environment },
  });
  try {
    assert.equal((await told(child, ({ loaded }) => loaded !== undefined)).loaded, 'ok');
    device.unplug();
    assert.equal((await told(child, ({ state }) => state === 'fault')).code, 'BUS_GONE');
    device.replug();
    await told(child, ({ state }) => state === 'ok');
    child.send('pause');
    const { positionUs = 0, stats } = await told(child, (message) => message.positionUs !== undefined);
    const { pixels } = panel.view();
    assert.ok(pixels.every((pixel) => pixel === 0x1000 + positionUs / 20_000));
    assert.equal(stats?.recoveries, 1);
    assert.ok(stats.bus_bytes > stats.frames_shown * 1000);
    child.send('end');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    device.read();
    assert.equal(panel.emulator.isLit, false);
    assert.deepEqual(panel.emulator.faults, []);
  } finally {
    child.kill();
    await rm(folder, { recursive: true });
  }
});
