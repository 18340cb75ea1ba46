import { openEngine } from '../engine/engine.ts';
import type { House } from './service.ts';

/** Opens the engine: store, players, uploads. The panel is lit from here on. */
export async function startEngine(house: House): Promise<AsyncDisposable> {
  const { settings, log, signal } = house;
  const engine = await openEngine({ options: settings.options, folder: settings.folder, log, signal });
  house.offer('engine', engine);
  return engine;
}
