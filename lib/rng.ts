/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): random numbers as a pure
 * function of a key and a counter. A run's key is its seed; the counter says who draws and how often it has drawn, so
 * neither the number of workers nor their timing can change a number, and a stream is saved as one integer.
 *
 *   purpose 0: envs     counter (draw >>> 2, row, 0, 0)
 *   purpose 1: actions  counter (row >>> 2, t low, t high, 1 | component << 8)
 *   purpose 2: shuffles counter (draw >>> 2, t, epoch, 2)
 *   purpose 3: initial weights, in the order of the layers: counter (draw >>> 2, policy, 0, 3)
 *   purpose 4: single streams (`Random`): counter (draw / 4, low and high, 0, 4)
 *   purpose 5: segments drawn by priority: counter (draw >>> 2, t, minibatch, 5)
 *   purpose 6: noise of SAC's updates: counter (sample >>> 2, low and high of 4 · update + use, 6 | component << 8)
 *   purpose 7: replayed transitions: counter (sample >>> 2, minibatch low, minibatch high, 7)
 *   purpose 8: actions before learning starts: counter (row, t low, t high, 8 | component >>> 2 << 8)
 *   purpose 9: weights of exploration: counter (quad of weights, time low, row, 9 | time high << 8), time = ⌊t / sdeSampleFreq⌋
 */
export const purposes = {
  env: 0,
  action: 1,
  shuffle: 2,
  initialize: 3,
  stream: 4,
  segment: 5,
  learn: 6,
  replay: 7,
  explore: 8,
  sde: 9,
} as const;

const ROUNDS = 10;

/** The key of a seed. @throws RangeError unless it is an integer in [0, 2⁵³) */
export function streamKey(seed: number): readonly [number, number] {
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RangeError(`seed: expected an integer in [0, 2^53), got ${seed}`);
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/** High 32 bits of the unsigned product of (a1 · 2¹⁶ + a0) and b, in integer arithmetic only: half as fast in doubles. */
function multiplyHigh(a1: number, a0: number, b: number): number {
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = (Math.imul(a1, b0) >>> 0) + (Math.imul(a0, b0) >>> 16);
  const cross = (Math.imul(a0, b1) >>> 0) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** Writes the block of counter (c0, c1, c2, c3) and key (k0, k1) to out[0..4). */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  let [x0, x1, x2, x3, key0, key1] = [c0 | 0, c1 | 0, c2 | 0, c3 | 0, k0 | 0, k1 | 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(0xd251, 0x1f53, x0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e, 0x8d57, x2);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ key0;
    x1 = low1;
    x2 = high0 ^ x3 ^ key1;
    x3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/**
 * Independent random streams, one per row; which stream a row draws from, and how much it has drawn, are columns that
 * can be saved. Rows with the same stream and count draw the same.
 */
export class RowRandom {
  /** How many words each row has drawn. */
  readonly draws: Uint32Array;
  /** The stream of each row. */
  readonly streams: Uint32Array;
  readonly purpose: number;
  #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #blockStream = -1;
  #blockIndex = -1;

  /**
   * @param draws [rows]
   * @param streams [rows]; by default each row's own number
   */
  constructor(
    seed: number,
    purpose: number,
    draws: Uint32Array,
    streams: Uint32Array = draws.map((_, row) => row),
  ) {
    this.#key = streamKey(seed);
    this.purpose = purpose;
    this.draws = draws;
    this.streams = streams;
  }

  /** The seed's key. */
  get key(): readonly [number, number] {
    return this.#key;
  }

  /** Goes over to the streams of another seed. @throws RangeError unless it is an integer in [0, 2⁵³) */
  reseed(seed: number): void {
    this.#key = streamKey(seed);
    this.#blockStream = -1;
  }

  /** The next 32 random bits of a row. */
  word(row: number): number {
    const draw = this.draws[row]++;
    const stream = this.streams[row];
    const index = draw >>> 2;
    if (stream !== this.#blockStream || index !== this.#blockIndex) {
      philox(index, stream, 0, this.purpose, this.#key[0], this.#key[1], this.#block);
      this.#blockStream = stream;
      this.#blockIndex = index;
    }
    return this.#block[draw & 3];
  }

  /** A float64 in [low, high), on a grid of 2³² points. */
  uniform(row: number, low = 0, high = 1): number {
    return low + (high - low) * (this.word(row) * 2 ** -32);
  }

  /** An integer in [low, high). */
  integer(row: number, low: number, high: number): number {
    return low + Math.floor((high - low) * (this.word(row) * 2 ** -32));
  }
}
