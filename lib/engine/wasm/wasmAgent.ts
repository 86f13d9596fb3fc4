import type { Column, ColumnSpecs, Columns } from '../../arena.ts';
import type { Agent } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import { streamKey } from '../../rng.ts';
import { type ActorCritic, type ActorCriticOptions, countChoices } from './actorCritic.ts';

/** Acts with an actor-critic network, synchronously, a block of rows at a time. */
export class WasmAgent implements Agent {
  /** Take the most probable action instead of sampling. */
  greedy: boolean;
  readonly #network: ActorCritic;
  readonly #key: readonly [number, number];
  readonly #columns: Columns<ReturnType<typeof WasmAgent.columns>>;
  readonly #heap: Float32Array;
  readonly #firstRow: number;

  static columns({ choices }: ActorCriticOptions, rows: number) {
    return {
      actions: ['i32', rows * choices.length],
      logProbs: ['f32', rows],
      values: ['f32', rows],
    } as const satisfies ColumnSpecs;
  }

  /**
   * @param rows how many are inferred at a time
   * @param options `greedy`: take the most probable action; `firstRow`: the number of row 0 among those of all agents
   *   that act with the same seed, so that they draw different numbers
   */
  constructor(network: ActorCritic, rows: number, seed: number, { greedy = false, firstRow = 0 } = {}) {
    this.#network = network;
    this.#key = streamKey(seed);
    this.#columns = network.arena.take(WasmAgent.columns(network.options, rows));
    this.#heap = new Float32Array(network.arena.memory.buffer);
    this.#firstRow = firstRow;
    this.greedy = greedy;
  }

  infer({ t, observations, actionMasks }: Observation): Decision {
    const { actions, logProbs, values } = this.#columns;
    if (actionMasks) this.#checkMasks(actionMasks, values.length);
    const masks = actionMasks?.byteOffset ?? 0;
    this.#forEachBlock('infer', observations, values.length, masks, (row, n) => {
      this.#choose(t, row, n);
      this.#copyValues(values, row, n);
    });
    return { kind: 'decision', t, observations, actionMasks, actions, logProbs, values };
  }

  value(observations: Column, values: Float32Array): void {
    this.#checkMemory('value', 'values', values);
    this.#forEachBlock('value', observations, values.length, 0, (row, n) => this.#copyValues(values, row, n));
  }

  /** Actions of the block that was computed last. */
  #choose(t: number, row: number, n: number): void {
    const { actions, logProbs } = this.#columns;
    const { logits, sizes, options, arena } = this.#network;
    const components = options.choices.length;
    const chosen = actions.byteOffset + 4 * row * components;
    const probabilities = logProbs.byteOffset + 4 * row;
    if (this.greedy) {
      arena.kernels.categoricalGreedy(logits, n, sizes, components, chosen, probabilities);
      return;
    }
    const [key0, key1] = this.#key;
    const drawn = this.#firstRow + row;
    arena.kernels.categoricalSample(
      logits,
      n,
      sizes,
      components,
      key0,
      key1,
      t,
      Math.floor(t / 2 ** 32),
      drawn,
      chosen,
      probabilities,
    );
  }

  #checkMemory(caller: string, name: string, column: Column): void {
    if (column.buffer !== this.#heap.buffer) {
      throw new TypeError(`${caller}: expected ${name} in the arena of the network, got another typed array`);
    }
  }

  #checkMasks(masks: Uint8Array, rows: number): void {
    this.#checkMemory('infer', 'actionMasks', masks);
    const choices = countChoices(this.#network.options);
    if (masks.length !== rows * choices)
      throw new RangeError(`infer: expected ${rows} × ${choices} flags of actions, got ${masks.length}`);
  }

  #forEachBlock(
    caller: string,
    observations: Column,
    rows: number,
    masks: number,
    use: (row: number, n: number) => void,
  ): void {
    const { arena } = this.#network;
    const width = this.#network.widthOf(observations);
    this.#checkMemory(caller, 'observations', observations);
    if (observations.length !== rows * width)
      throw new RangeError(`${caller}: expected ${rows} × ${width} numbers, got ${observations.length}`);
    const block = arena.kernels.block();
    for (let row = 0; row < rows; row += block) {
      const n = Math.min(block, rows - row);
      this.#network.forward(observations, row, 0, n, false, masks);
      use(row, n);
    }
  }

  #copyValues(values: Float32Array, row: number, n: number): void {
    const from = this.#network.values / 4;
    this.#heap.copyWithin(values.byteOffset / 4 + row, from, from + n);
  }
}
