/** Returns and lengths of the last episodes that finished, in the order in which they did. */
export class RecentEpisodes {
  static readonly capacity = 100;
  readonly #returns: Float64Array;
  readonly #lengths: Float64Array;
  /** Episodes finished in all. */
  episodes = 0;

  /** @param returns,lengths [capacity] */
  constructor(returns: Float64Array, lengths: Float64Array) {
    this.#returns = returns;
    this.#lengths = lengths;
  }

  add(episodeReturn: number, length: number): void {
    const slot = this.episodes++ % RecentEpisodes.capacity;
    this.#returns[slot] = episodeReturn;
    this.#lengths[slot] = length;
  }

  /** Mean return; NaN before the first. */
  get episodeReturn(): number {
    return this.#mean(this.#returns);
  }

  /** Mean length; NaN before the first. */
  get episodeLength(): number {
    return this.#mean(this.#lengths);
  }

  #mean(values: Float64Array): number {
    const count = Math.min(this.episodes, RecentEpisodes.capacity);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i];
    return sum / count;
  }
}
