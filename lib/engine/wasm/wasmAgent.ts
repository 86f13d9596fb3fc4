import { type Column, type ColumnSpecs, type Columns, wordsOf } from '../../arena.ts';
import type { Agent, Maybe, Saved, Stateful } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import { checkFinite, checkNames, checkTensors, copies, restoreColumns } from '../../restore.ts';
import { streamKey } from '../../rng.ts';
import { Alone, after, type Crew, type Task } from '../../workers/crew.ts';
import { ActorCritic } from './actorCritic.ts';
import { type ActorCriticOptions, actionForm, countChoices } from './actorCriticOptions.ts';

export interface WasmAgentOptions {
  readonly greedy?: boolean;
  readonly firstRow?: number;
  readonly crew?: Crew;
}

/** Where decisions are written: rows as in `Decision`. */
export type DecisionColumns = Pick<Decision, 'actions' | 'logProbs' | 'values'>;

/** Acts with an actor-critic network, a block of rows at a time. */
export class WasmAgent implements Agent, Stateful {
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
    const states = rows * ActorCritic.stateSize(options);
    return {
      states0: ['f32', states],
      states1: ['f32', states],
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

  infer({ t, observations, actionMasks, carried }: Observation): Maybe<Decision> {
    const { actions, logProbs, values } = this.#columns;
    this.#checkObservations('infer', observations, values.length);
    if (actionMasks) this.#checkMasks(actionMasks, values.length);
    const masks = actionMasks?.byteOffset ?? 0;
    const seen = { t, observations, actionMasks, carried };
    const states = this.#network.stateSize > 0 ? this.statesAt(t) : undefined;
    const decision: Decision = { kind: 'decision', ...seen, actions, logProbs, values, states };
    const kept = carried?.byteOffset ?? 0;
    return after(this.#inferAll(...wordsOf(observations), masks, t, kept), () => decision);
  }

  value(observations: Column, values: Float32Array, t = 0): Maybe<void> {
    this.#checkMemory('value', 'values', values);
    this.#checkObservations('value', observations, values.length);
    return this.#valueAll(...wordsOf(observations), values.byteOffset, values.length, t);
  }

  /** [N, S] the recurrent states that step t is decided from: of the last step that was decided, and of the next one. */
  statesAt(t: number): Float32Array {
    return t % 2 === 0 ? this.#columns.states0 : this.#columns.states1;
  }

  /** The recurrent states. */
  save(): Saved {
    const { states0, states1 } = this.#columns;
    return { tensors: this.#network.stateSize > 0 ? copies({ states0, states1 }) : {}, values: {} };
  }

  load({ tensors, values }: Saved): void {
    checkNames('memory', values, []);
    checkTensors('memory', this.save().tensors, tensors);
    checkFinite('memory', tensors);
    const { states0, states1 } = this.#columns;
    if (this.#network.stateSize > 0) restoreColumns({ states0, states1 }, tensors);
  }

  /**
   * Acts for rows `from` … `to` − 1 of step t, as `infer` would, in the buffers of a member.
   *
   * @param masks pointer to the flags of row 0, or 0; `carried` that of the rows' last masks, or 0: all are carried over;
   *   `columns` where the rows' results belong
   */
  decide(
    member: number,
    t: number,
    observations: Column,
    masks: number,
    carried: number,
    columns: DecisionColumns,
    from: number,
    to: number,
  ): void {
    const { stateSize, arena, passes } = this.#network;
    const { kernels } = arena;
    if (stateSize > 0 && carried !== 0) {
      const states = this.statesAt(t).byteOffset + 4 * from * stateSize;
      kernels.keepRows(states, stateSize, carried + 4 * from, to - from);
    }
    this.#forEachBlock(member, t, observations, masks, from, to, (row, n) => {
      if (stateSize > 0) {
        const next = this.statesAt(t + 1).byteOffset + 4 * row * stateSize;
        kernels.scatter(passes[member].state, n, stateSize, next);
      }
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
    const [type, pointer, length, masks, t, carried] = words;
    const observations = this.#network.arena.view(type, pointer, length);
    this.#eachClaimed(this.#columns.values.length, (from, to) =>
      this.decide(member, t, observations, masks, carried, this.#columns, from, to),
    );
  }

  #valueBlocks(member: number, words: Float64Array): void {
    const [type, pointer, length, values, rows, t] = words;
    const observations = this.#network.arena.view(type, pointer, length);
    this.#eachClaimed(rows, (from, to) =>
      this.#forEachBlock(member, t, observations, 0, from, to, (row, n) =>
        this.#copyValues(member, values, row, n),
      ),
    );
  }

  /** Actions of the block that was computed last. */
  #choose(member: number, t: number, { actions, logProbs }: DecisionColumns, row: number, n: number): void {
    const { head, passes } = this.#network;
    const pass = passes[member];
    const chosen = actions.byteOffset + 4 * row * head.actionSize;
    const probabilities = logProbs.byteOffset + 4 * row;
    if (this.greedy) head.greedy(pass, n, chosen, probabilities);
    else head.sample(pass, 0, n, this.#key, t, this.#firstRow + row, chosen, probabilities);
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
    t: number,
    observations: Column,
    masks: number,
    from: number,
    to: number,
    use: (row: number, n: number) => void,
  ): void {
    const { arena, passes, stateSize } = this.#network;
    const { kernels } = arena;
    const pass = passes[member];
    const block = kernels.block();
    for (let row = from; row < to; row += block) {
      const n = Math.min(block, to - row);
      if (stateSize > 0)
        kernels.gather(this.statesAt(t).byteOffset + 4 * row * stateSize, 0, n, stateSize, pass.state);
      pass.forward(observations, row, 0, n, false, masks);
      use(row, n);
    }
  }

  #copyValues(member: number, values: number, row: number, n: number): void {
    const { kernels } = this.#network.arena;
    kernels.copy(values + 4 * row, this.#network.passes[member].values, 4 * n);
  }
}
