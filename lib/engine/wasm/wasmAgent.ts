import type { ColumnSpecs, Columns } from '../../arena.ts';
import type { Agent } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import { streamKey } from '../../rng.ts';
import type { ActorCritic } from './actorCritic.ts';

/** Acts with an actor-critic network, synchronously, a block of rows at a time. */
export class WasmAgent implements Agent {
  /** Take the most probable action instead of sampling. */
  greedy: boolean;
  readonly #network: ActorCritic;
  readonly #key: readonly [number, number];
  readonly #columns: Columns<ReturnType<typeof WasmAgent.columns>>;
  readonly #heap: Float32Array;

  static columns(rows: number) {
    return {
      actions: ['i32', rows],
      logProbs: ['f32', rows],
      values: ['f32', rows],
    } as const satisfies ColumnSpecs;
  }

  /** @param rows how many are inferred at a time */
  constructor(network: ActorCritic, rows: number, seed: number, { greedy = false } = {}) {
    this.#network = network;
    this.#key = streamKey(seed);
    this.#columns = network.arena.take(WasmAgent.columns(rows));
    this.#heap = new Float32Array(network.arena.memory.buffer);
    this.greedy = greedy;
  }

  infer({ t, observations }: Observation): Decision {
    const { actions, logProbs, values } = this.#columns;
    const { kernels } = this.#network.arena;
    const { choices } = this.#network.options;
    const [key0, key1] = this.#key;
    this.#forEachBlock('infer', observations, actions.length, (row, n) => {
      const { logits } = this.#network;
      const chosen = actions.byteOffset + 4 * row;
      const probabilities = logProbs.byteOffset + 4 * row;
      if (this.greedy) kernels.categoricalGreedy(logits, n, choices, chosen, probabilities);
      else {
        const high = Math.floor(t / 2 ** 32);
        kernels.categoricalSample(logits, n, choices, key0, key1, t, high, row, chosen, probabilities);
      }
      this.#copyValues(values, row, n);
    });
    return { kind: 'decision', t, observations, actions, logProbs, values };
  }

  value(observations: Float32Array, values: Float32Array): void {
    this.#checkMemory('value', 'values', values);
    this.#forEachBlock('value', observations, values.length, (row, n) => this.#copyValues(values, row, n));
  }

  #checkMemory(caller: string, name: string, column: Float32Array): void {
    if (column.buffer !== this.#heap.buffer) {
      throw new TypeError(`${caller}: expected ${name} in the arena of the network, got another typed array`);
    }
  }

  #forEachBlock(
    caller: string,
    observations: Float32Array,
    rows: number,
    use: (row: number, n: number) => void,
  ): void {
    const { arena, options } = this.#network;
    const { inputs } = options;
    this.#checkMemory(caller, 'observations', observations);
    if (observations.length !== rows * inputs) {
      throw new RangeError(`${caller}: expected ${rows} × ${inputs} numbers, got ${observations.length}`);
    }
    const block = arena.kernels.block();
    for (let row = 0; row < rows; row += block) {
      const n = Math.min(block, rows - row);
      this.#network.forward(observations.byteOffset + 4 * row * inputs, 0, n, false);
      use(row, n);
    }
  }

  #copyValues(values: Float32Array, row: number, n: number): void {
    const from = this.#network.values / 4;
    this.#heap.copyWithin(values.byteOffset / 4 + row, from, from + n);
  }
}
