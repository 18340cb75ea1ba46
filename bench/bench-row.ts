/** One line of the table. */
export interface BenchRow {
  readonly what: string;
  /** The bar, in words. */
  readonly bar: string;
  /** What was measured, with its parts. */
  readonly measured: string;
  readonly holds: boolean;
}
