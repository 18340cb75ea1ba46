import type { TimelineItem } from '../../../engine/player/timeline.ts';

/** A playlist in list order that is walked play by play: slow and obvious. */
export class TimelineModel {
  items: readonly TimelineItem[];
  /** Whether one item stays on. */
  stays: boolean;
  isPaused = false;
  index = 0;
  play = 0;
  positionUs = 0;

  constructor(items: readonly TimelineItem[], stays: boolean) {
    this.items = items;
    this.stays = stays;
  }

  get item(): TimelineItem {
    return this.items[this.index] as TimelineItem;
  }

  pass(us: number): void {
    if (this.isPaused) return;
    this.positionUs += us;
    while (this.positionUs >= this.item.durationUs) {
      this.positionUs -= this.item.durationUs;
      this.play++;
      if (this.play < this.item.plays) continue;
      this.play = 0;
      if (!this.stays) this.index = (this.index + 1) % this.items.length;
    }
  }

  begin(index: number): void {
    this.isPaused = false;
    this.index = (index + this.items.length) % this.items.length;
    this.play = 0;
    this.positionUs = 0;
  }

  replace(items: readonly TimelineItem[]): void {
    const before = this.item;
    const following = [...this.items.slice(this.index), ...this.items.slice(0, this.index)];
    const kept = following.find(({ id }) => items.some((item) => item.id === id));
    this.items = items;
    this.index = Math.max(
      0,
      items.findIndex(({ id }) => id === kept?.id),
    );
    const isSame = kept?.id === before.id;
    this.play = isSame ? Math.min(this.play, this.item.plays - 1) : 0;
    if (!isSame || this.positionUs >= this.item.durationUs) this.positionUs = 0;
  }
}
