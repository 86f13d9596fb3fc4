import { cos, log } from './math.ts';
import { philox, purposes, streamKey } from './rng.ts';

/**
 * One stream of random numbers (Philox4x32-10), as a function of a seed: the same on every machine. Its whole state is
 * the seed and `draws`, so that a simulation saves and restores it as two numbers.
 */
export class Random {
  readonly seed: number;
  /** Words drawn so far; may be set, to go back or on. */
  draws: number;
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  /** @throws RangeError unless the seed is an integer in [0, 2⁵³), and draws too */
  constructor(seed: number, draws = 0) {
    if (!(Number.isSafeInteger(draws) && draws >= 0))
      throw new RangeError(`Random: draws must be an integer in [0, 2^53), got ${draws}`);
    this.#key = streamKey(seed);
    this.seed = seed;
    this.draws = draws;
  }

  /** The next 32 random bits. */
  word(): number {
    const draw = this.draws++;
    const index = Math.floor(draw / 4);
    if (index !== this.#blockIndex) {
      const [key0, key1] = this.#key;
      philox(index, Math.floor(index / 2 ** 32), 0, purposes.stream, key0, key1, this.#block);
      this.#blockIndex = index;
    }
    return this.#block[draw % 4];
  }

  /** A float64 in [low, high), on a grid of 2³² points. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.word() * 2 ** -32);
  }

  /** An integer in [low, high), for ranges up to 2³². */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low) * (this.word() * 2 ** -32));
  }

  /** From the exponential distribution of mean 1. */
  exponential(): number {
    return -log(1 - this.uniform());
  }

  /** From the standard normal distribution (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(2 * this.exponential());
    return radius * cos(2 * Math.PI * this.uniform());
  }
}
