import type { ColumnSpecs, Columns } from '../arena.ts';

/** Returns, lengths and scores of the last episodes that finished, in the order in which they did. */
export class RecentEpisodes {
  static readonly capacity = 100;
  readonly #columns: Columns<ReturnType<typeof RecentEpisodes.columns>>;
  readonly #scores: readonly string[];
  /** Episodes finished in all. */
  episodes = 0;

  /** @param scores how many of them an env has */
  static columns(scores = 0) {
    return {
      recentReturns: ['f64', RecentEpisodes.capacity],
      recentLengths: ['f64', RecentEpisodes.capacity],
      recentScores: ['f64', RecentEpisodes.capacity * scores],
    } as const satisfies ColumnSpecs;
  }

  /** @param scores their names */
  constructor(
    columns: Columns<ReturnType<typeof RecentEpisodes.columns>>,
    scores: Readonly<Record<string, unknown>> = {},
  ) {
    this.#columns = columns;
    this.#scores = Object.keys(scores);
  }

  /** @param from where its scores begin */
  add(episodeReturn: number, length: number, scores: ArrayLike<number>, from = 0): void {
    const { recentReturns, recentLengths, recentScores } = this.#columns;
    const slot = this.episodes++ % RecentEpisodes.capacity;
    recentReturns[slot] = episodeReturn;
    recentLengths[slot] = length;
    for (let k = 0; k < this.#scores.length; k++)
      recentScores[RecentEpisodes.capacity * k + slot] = scores[from + k];
  }

  /** Mean return; NaN before the first. */
  get episodeReturn(): number {
    return this.#mean(this.#columns.recentReturns, 0);
  }

  /** Mean length; NaN before the first. */
  get episodeLength(): number {
    return this.#mean(this.#columns.recentLengths, 0);
  }

  /** Mean scores; NaN before the first. */
  get episodeScores(): Record<string, number> {
    const { recentScores } = this.#columns;
    return Object.fromEntries(
      this.#scores.map((name, k) => [name, this.#mean(recentScores, RecentEpisodes.capacity * k)]),
    );
  }

  /** What metrics tell of them. */
  get summary() {
    const { episodes, episodeReturn, episodeLength, episodeScores } = this;
    return { episodes, episodeReturn, episodeLength, episodeScores };
  }

  #mean(values: Float64Array, from: number): number {
    const count = Math.min(this.episodes, RecentEpisodes.capacity);
    let sum = 0;
    for (let i = from; i < from + count; i++) sum += values[i];
    return sum / count;
  }
}
