import type { ColumnSpecs, Columns, ColumnType } from '../../arena.ts';
import type { PoolAgent, Ready, Reply } from '../../poolRecords.ts';
import { extend } from '../../records.ts';
import { streamKey } from '../../rng.ts';
import type { ActorCritic } from './actorCritic.ts';
import { type ActorCriticOptions, actionForm, countChoices } from './actorCriticOptions.ts';

/** What the observations of a pool are like: elements of a packed one, and their type. */
export interface PackedForm {
  readonly dtype: ColumnType;
  readonly width: number;
}

/**
 * Acts with an actor-critic network for worlds that come in any order. A world's random numbers are those of its number
 * and its own step: what it is told does not depend on when it comes, nor with whom, and is what a `WasmAgent` of the
 * same seed tells that row of a vector at that step.
 */
export class WasmPoolAgent implements PoolAgent {
  readonly #network: ActorCritic;
  readonly #key: readonly [number, number];
  readonly #greedy: boolean;
  readonly #columns: Columns<ReturnType<typeof WasmPoolAgent.columns>>;

  static columns(options: ActorCriticOptions, { dtype, width }: PackedForm, rows: number) {
    const { size, type } = actionForm(options);
    return {
      observations: [dtype, rows * width],
      actionMasks: ['u8', rows * countChoices(options)],
      actions: [type, rows * size],
      logProbs: ['f32', rows],
      values: ['f32', rows],
    } as const satisfies ColumnSpecs;
  }

  /**
   * @param rows how many come at a time; @param greedy take the most probable action instead of sampling
   * @throws RangeError if the network has a memory
   */
  constructor(network: ActorCritic, form: PackedForm, rows: number, seed: number, greedy = false) {
    if (network.stateSize > 0)
      throw new RangeError('WasmPoolAgent: expected a network without a memory: worlds come in any order');
    this.#network = network;
    this.#key = streamKey(seed);
    this.#greedy = greedy;
    this.#columns = network.arena.take(WasmPoolAgent.columns(network.options, form, rows));
  }

  /** @throws RangeError or TypeError unless there are as many rows as were expected, of the network's observations */
  infer(ready: Ready): Reply {
    const { observations, actionMasks, actions, logProbs, values } = this.#columns;
    this.#check(ready);
    observations.set(ready.observations as never);
    if (ready.actionMasks) actionMasks.set(ready.actionMasks);
    const { passes, arena } = this.#network;
    const [pass] = passes;
    const { kernels } = arena;
    const block = kernels.block();
    for (let row = 0; row < values.length; row += block) {
      const n = Math.min(block, values.length - row);
      pass.forward(observations, row, 0, n, false, ready.actionMasks ? actionMasks.byteOffset : 0);
      this.#choose(ready, row, n);
      kernels.copy(values.byteOffset + 4 * row, pass.values, 4 * n);
    }
    return extend(ready, { kind: 'reply' as const, actions, logProbs, values });
  }

  /** Actions of the block that was computed last. */
  #choose({ worlds, steps }: Ready, row: number, n: number): void {
    const { head, passes } = this.#network;
    const [pass] = passes;
    const actions = this.#columns.actions.byteOffset + 4 * row * head.actionSize;
    const logProbs = this.#columns.logProbs.byteOffset + 4 * row;
    if (this.#greedy) {
      head.greedy(pass, n, actions, logProbs);
      return;
    }
    // One by one: neighbours are at steps of their own.
    for (let i = 0; i < n; i++) {
      const chosen = actions + 4 * i * head.actionSize;
      head.sample(pass, i, 1, this.#key, steps[row + i], worlds[row + i], chosen, logProbs + 4 * i);
    }
  }

  #check({ worlds, observations, actionMasks }: Ready): void {
    const own = this.#columns;
    const rows = own.values.length;
    if (worlds.length !== rows) throw new RangeError(`infer: expected ${rows} worlds, got ${worlds.length}`);
    if (observations.constructor !== own.observations.constructor)
      throw new TypeError(
        `infer: expected observations in a ${own.observations.constructor.name}, got a ${observations.constructor.name}`,
      );
    for (const [name, column, given] of [
      ['numbers of observations', own.observations, observations],
      ['flags of actions', own.actionMasks, actionMasks ?? own.actionMasks],
    ] as const)
      if (given.length !== column.length)
        throw new RangeError(`infer: expected ${column.length} ${name}, got ${given.length}`);
  }
}
