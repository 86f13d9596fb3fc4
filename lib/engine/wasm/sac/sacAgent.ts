import type { Column, ColumnSpecs, Columns } from '../../../arena.ts';
import { cos, log, sin } from '../../../math.ts';
import type { Agent } from '../../../nouns.ts';
import type { Decision, Observation } from '../../../records.ts';
import { philox, purposes, streamKey } from '../../../rng.ts';
import type { SacActor } from './sacActor.ts';
import type { SacOptions } from './sacOptions.ts';

export interface SacAgentOptions {
  /** Take the mean of the Gaussian, squashed, instead of sampling. */
  readonly greedy?: boolean;
  /** The number of row 0 among those of all agents that act with the same seed. */
  readonly firstRow?: number;
  /** Whether actions are still uniform in the Box, and not the policy's; not of who is greedy. */
  readonly explores?: () => boolean;
  /**
   * Vector steps over which the noise changes: at multiples of it the noise is drawn anew, and in between it turns from
   * one number ξ to the next, ξ cos(πf/2) + ξ′ sin(πf/2): standard normal at every step, but similar from step to step,
   * so that it explores where single steps lead nowhere. 1: independent noise.
   */
  readonly noisePeriod?: number;
}

/**
 * Acts with SAC's policy, a block of rows at a time. It judges nothing: `values` are 0. Actions are a function of the
 * seed, the step and the row, and, but for those that explore, of the weights and the observation.
 */
export class SacAgent implements Agent {
  greedy: boolean;
  readonly #actor: SacActor;
  readonly #key: readonly [number, number];
  readonly #columns: Columns<ReturnType<typeof SacAgent.columns>>;
  readonly #firstRow: number;
  readonly #explores: () => boolean;
  readonly #noisePeriod: number;

  static columns({ low }: SacOptions, rows: number) {
    return {
      actions: ['f32', rows * low.length],
      logProbs: ['f32', rows],
      values: ['f32', rows],
    } as const satisfies ColumnSpecs;
  }

  /** @throws RangeError unless noisePeriod is a positive integer */
  constructor(
    actor: SacActor,
    rows: number,
    seed: number,
    { greedy = false, firstRow = 0, explores = () => false, noisePeriod = 1 }: SacAgentOptions = {},
  ) {
    if (!(Number.isInteger(noisePeriod) && noisePeriod > 0))
      throw new RangeError(`SacAgent: noisePeriod must be a positive integer, got ${noisePeriod}`);
    this.#actor = actor;
    this.#key = streamKey(seed);
    this.#columns = actor.arena.take(SacAgent.columns(actor.options, rows));
    this.#firstRow = firstRow;
    this.#explores = explores;
    this.#noisePeriod = noisePeriod;
    this.greedy = greedy;
  }

  infer({ t, observations }: Observation): Decision {
    const { actions, logProbs, values } = this.#columns;
    this.#check(observations, values.length);
    if (!this.greedy && this.#explores()) this.#explore(t);
    else this.#act(t, observations);
    return { kind: 'decision', t, observations, actions, logProbs, values };
  }

  /** Writes 0: the critics judge actions, not observations. */
  value(_observations: Column, values: Float32Array): void {
    values.fill(0);
  }

  #act(t: number, observations: Column): void {
    const { actions, logProbs } = this.#columns;
    const { arena, passes, options } = this.#actor;
    const { kernels } = arena;
    const pass = passes[0];
    const size = options.low.length;
    const block = kernels.block();
    for (let row = 0; row < logProbs.length; row += block) {
      const n = Math.min(block, logProbs.length - row);
      pass.read(observations, row, 0, n);
      if (!this.greedy) this.#draw(t, row, n);
      pass.act(this.greedy ? 0 : pass.noise, n, false);
      kernels.scatter(pass.actions, n, size, actions.byteOffset + 4 * row * size);
      kernels.copy(logProbs.byteOffset + 4 * row, pass.logProbs.byteOffset, 4 * n);
    }
  }

  /** The noise of n rows. */
  #draw(t: number, row: number, n: number): void {
    const pass = this.#actor.passes[0];
    const period = this.#noisePeriod;
    const drawn = Math.floor(t / period);
    const turn = ((t % period) / period) * (Math.PI / 2);
    const first = this.#firstRow + row;
    pass.draw(this.#key, drawn, purposes.action, first, n, cos(turn));
    if (turn > 0) pass.draw(this.#key, drawn + 1, purposes.action, first, n, sin(turn), true);
  }

  /** Uniform actions. */
  #explore(t: number): void {
    const { actions, logProbs } = this.#columns;
    const { low, high } = this.#actor.options;
    const size = low.length;
    const [key0, key1] = this.#key;
    const words = new Uint32Array(4);
    let logProb = 0;
    for (let k = 0; k < size; k++) logProb -= log(high[k] - low[k]);
    logProbs.fill(logProb);
    for (let row = 0; row < logProbs.length; row++) {
      for (let k = 0; k < size; k++) {
        const purpose = purposes.explore | ((k >>> 2) << 8);
        if ((k & 3) === 0)
          philox(this.#firstRow + row, t, Math.floor(t / 2 ** 32), purpose, key0, key1, words);
        actions[row * size + k] = low[k] + (high[k] - low[k]) * (words[k & 3] * 2 ** -32);
      }
    }
  }

  #check(observations: Column, rows: number): void {
    const { arena, passes } = this.#actor;
    const width = passes[0].widthOf(observations);
    if (observations.buffer !== arena.memory.buffer)
      throw new TypeError(
        'infer: expected observations in the arena of the network, got another typed array',
      );
    if (observations.length !== rows * width)
      throw new RangeError(`infer: expected ${rows} × ${width} numbers, got ${observations.length}`);
  }
}
