import { monitorEventLoopDelay } from 'node:perf_hooks';

/** True figures of this process. */
export interface ProcessFigures {
  /** Of one core, over the last second; all threads together. */
  cpu_percent: number;
  rss_bytes: number;
  heap_used_bytes: number;
  external_bytes: number;
  uptime_seconds: number;
  /** How late the main thread's timers were over the last seconds: what a stalled main thread shows in. */
  event_loop_delay_ms: { mean: number; p99: number; max: number };
}

/** Shortest time over which the share of CPU is measured. */
const SPAN_MS = 1000;
/** The delay is looked at this often; Node's figures count the wait itself too. */
const DELAY_EVERY_MS = 50;
/** How often the delays are counted from zero. */
const DELAY_SPAN_MS = 10_000;

/** Measures the process whenever it is asked, at most once a second; costs nothing while nobody asks but the delay timer. */
export class ProcessMeter implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_EVERY_MS });
  #usage = process.cpuUsage();
  #measuredAt = performance.now();
  #delayFrom = performance.now();
  #cpuPercent = 0;

  constructor() {
    this.#delay.enable();
  }

  figures(): ProcessFigures {
    this.#measure();
    const { rss, heapUsed, external } = process.memoryUsage();
    const late = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e5) / 10 - DELAY_EVERY_MS) || 0;
    return {
      cpu_percent: this.#cpuPercent,
      rss_bytes: rss,
      heap_used_bytes: heapUsed,
      external_bytes: external,
      uptime_seconds: Math.round(process.uptime()),
      event_loop_delay_ms: {
        mean: late(this.#delay.mean),
        p99: late(this.#delay.percentile(99)),
        max: late(this.#delay.max),
      },
    };
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }

  #measure(): void {
    const now = performance.now();
    const passedMs = now - this.#measuredAt;
    if (passedMs < SPAN_MS) return;
    const { user, system } = process.cpuUsage(this.#usage);
    this.#cpuPercent = Math.round((user + system) / passedMs) / 10;
    this.#usage = process.cpuUsage();
    this.#measuredAt = now;
    if (now - this.#delayFrom < DELAY_SPAN_MS) return;
    this.#delay.reset();
    this.#delayFrom = now;
  }
}
