import { type Column, type ColumnSpecs, type Columns, wordsOf } from '../../arena.ts';
import type { Agent, Maybe } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import { streamKey } from '../../rng.ts';
import { Alone, after, type Crew, type Task } from '../../workers/crew.ts';
import type { ActorCritic } from './actorCritic.ts';
import { type ActorCriticOptions, actionForm, countChoices } from './actorCriticOptions.ts';

export interface WasmAgentOptions {
  readonly greedy?: boolean;
  readonly firstRow?: number;
  readonly crew?: Crew;
}

/** Where decisions are written: rows as in `Decision`. */
export type DecisionColumns = Pick<Decision, 'actions' | 'logProbs' | 'values'>;

/** Acts with an actor-critic network, a block of rows at a time. */
export class WasmAgent implements Agent {
  /** Take the most probable action instead of sampling. */
  greedy: boolean;
  readonly #network: ActorCritic;
  readonly #key: readonly [number, number];
  readonly #columns: Columns<ReturnType<typeof WasmAgent.columns>>;
  readonly #firstRow: number;
  readonly #crew: Crew;
  readonly #inferAll: Task;
  readonly #valueAll: Task;

  static columns(options: ActorCriticOptions, rows: number) {
    const { size, type } = actionForm(options);
    return {
      actions: [type, rows * size],
      logProbs: ['f32', rows],
      values: ['f32', rows],
    } as const satisfies ColumnSpecs;
  }

  /**
   * @param rows how many are inferred at a time
   * @param options `greedy`: take the most probable action; `firstRow`: the number of row 0 among those of all agents
   *   that act with the same seed, so that they draw different numbers; `crew`: who shares the rows out
   */
  constructor(
    network: ActorCritic,
    rows: number,
    seed: number,
    { greedy = false, firstRow = 0, crew = new Alone() }: WasmAgentOptions = {},
  ) {
    this.#network = network;
    this.#key = streamKey(seed);
    this.#columns = network.arena.take(WasmAgent.columns(network.options, rows));
    this.#firstRow = firstRow;
    this.#crew = crew;
    this.#inferAll = crew.task((member, words) => this.#inferBlocks(member, words));
    this.#valueAll = crew.task((member, words) => this.#valueBlocks(member, words));
    this.greedy = greedy;
  }

  infer({ t, observations, actionMasks }: Observation): Maybe<Decision> {
    const { actions, logProbs, values } = this.#columns;
    this.#checkObservations('infer', observations, values.length);
    if (actionMasks) this.#checkMasks(actionMasks, values.length);
    const masks = actionMasks?.byteOffset ?? 0;
    const decision: Decision = { kind: 'decision', t, observations, actionMasks, actions, logProbs, values };
    return after(this.#inferAll(...wordsOf(observations), masks, t), () => decision);
  }

  value(observations: Column, values: Float32Array): Maybe<void> {
    this.#checkMemory('value', 'values', values);
    this.#checkObservations('value', observations, values.length);
    return this.#valueAll(...wordsOf(observations), values.byteOffset, values.length);
  }

  /**
   * Acts for rows `from` … `to` − 1 of step t, as `infer` would, in the buffers of a member.
   *
   * @param masks pointer to the flags of row 0, or 0; `columns` where the rows' results belong
   */
  decide(
    member: number,
    t: number,
    observations: Column,
    masks: number,
    columns: DecisionColumns,
    from: number,
    to: number,
  ): void {
    this.#forEachBlock(member, observations, masks, from, to, (row, n) => {
      this.#choose(member, t, columns, row, n);
      this.#copyValues(member, columns.values.byteOffset, row, n);
    });
  }

  /** Shares the rows out in blocks. */
  #eachClaimed(rows: number, work: (from: number, to: number) => void): void {
    const block = this.#network.arena.kernels.block();
    for (let from = block * this.#crew.claim(); from < rows; from = block * this.#crew.claim())
      work(from, Math.min(from + block, rows));
  }

  #inferBlocks(member: number, words: Float64Array): void {
    const [type, pointer, length, masks, t] = words;
    const observations = this.#network.arena.view(type, pointer, length);
    this.#eachClaimed(this.#columns.values.length, (from, to) =>
      this.decide(member, t, observations, masks, this.#columns, from, to),
    );
  }

  #valueBlocks(member: number, words: Float64Array): void {
    const [type, pointer, length, values, rows] = words;
    const observations = this.#network.arena.view(type, pointer, length);
    this.#eachClaimed(rows, (from, to) =>
      this.#forEachBlock(member, observations, 0, from, to, (row, n) =>
        this.#copyValues(member, values, row, n),
      ),
    );
  }

  /** Actions of the block that was computed last. */
  #choose(member: number, t: number, { actions, logProbs }: DecisionColumns, row: number, n: number): void {
    const { head, passes } = this.#network;
    const { policy } = passes[member];
    const chosen = actions.byteOffset + 4 * row * head.actionSize;
    const probabilities = logProbs.byteOffset + 4 * row;
    if (this.greedy) head.greedy(policy, n, chosen, probabilities);
    else head.sample(policy, n, this.#key, t, this.#firstRow + row, chosen, probabilities);
  }

  #checkMemory(caller: string, name: string, column: Column): void {
    if (column.buffer !== this.#network.arena.memory.buffer) {
      throw new TypeError(`${caller}: expected ${name} in the arena of the network, got another typed array`);
    }
  }

  #checkMasks(masks: Uint8Array, rows: number): void {
    this.#checkMemory('infer', 'actionMasks', masks);
    const choices = countChoices(this.#network.options);
    if (masks.length !== rows * choices)
      throw new RangeError(`infer: expected ${rows} × ${choices} flags of actions, got ${masks.length}`);
  }

  #checkObservations(caller: string, observations: Column, rows: number): void {
    const width = this.#network.passes[0].widthOf(observations);
    this.#checkMemory(caller, 'observations', observations);
    if (observations.length !== rows * width)
      throw new RangeError(`${caller}: expected ${rows} × ${width} numbers, got ${observations.length}`);
  }

  #forEachBlock(
    member: number,
    observations: Column,
    masks: number,
    from: number,
    to: number,
    use: (row: number, n: number) => void,
  ): void {
    const block = this.#network.arena.kernels.block();
    for (let row = from; row < to; row += block) {
      const n = Math.min(block, to - row);
      this.#network.passes[member].forward(observations, row, 0, n, false, masks);
      use(row, n);
    }
  }

  #copyValues(member: number, values: number, row: number, n: number): void {
    const { kernels } = this.#network.arena;
    kernels.copy(values + 4 * row, this.#network.passes[member].values, 4 * n);
  }
}
