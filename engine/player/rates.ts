/** Seconds a rate is taken over. */
const SECONDS = 4;

/** Counters at an instant. */
interface Sample {
  readonly atUs: number;
  readonly shown: number;
  readonly busyUs: number;
}

/** Frames a second and the bus's load over the last seconds, from counters sampled each second. */
export class Rates {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > SECONDS + 1) this.#samples.shift();
  }

  get framesPerSecond(): number {
    return this.#perSecond('shown');
  }

  /** Share of time the bus was writing, 0 to 1. */
  get busLoad(): number {
    return Math.min(1, this.#perSecond('busyUs') / 1_000_000);
  }

  #perSecond(counter: 'shown' | 'busyUs'): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atUs === first.atUs) return 0;
    return ((last[counter] - first[counter]) * 1_000_000) / (last.atUs - first.atUs);
  }
}
