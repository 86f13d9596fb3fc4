import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import { CheckpointError, StaleActionError } from '../errors.ts';
import type { Json, Saved } from '../nouns.ts';
import { type Batch, type Decision, isGrouped, type Observation, type Transition } from '../records.ts';
import {
  checkNames,
  checkSame,
  checkTensors,
  copies,
  restoreColumns,
  savedCount,
  views,
} from '../restore.ts';
import { Turn } from '../turn.ts';
import type { Frame } from './frame.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { cameOf, seenBy, takeActions } from './rowRecords.ts';
import { checkBookkeeping } from './savedRows.ts';
import { decodeState } from './stateCodec.ts';
import type { State, StructuredEnv } from './structured.ts';
import { StructuredGroup } from './structuredGroup.ts';
import { openInstance } from './structuredInstance.ts';
import { checkStructured, namesIn, rowsOf } from './structuredSaved.ts';
import { type Place, type Shared, StructuredWorld } from './structuredWorld.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import { type Autoreset, checkForked, checkOptions, type VectorOptions } from './vectorOptions.ts';

function worldColumns(numEnvs: number) {
  return {
    ended: ['u8', numEnvs],
    elapsed: ['i32', numEnvs],
    ...RecentEpisodes.columns(),
  } as const satisfies ColumnSpecs;
}

/**
 * Instances of a structured env, stepped one after another in the calling thread. World i is seeded with seed + i when
 * it is first reset; after that its random streams go on.
 *
 * A row belongs to an agent from when it comes to when it finishes. The step in which it finishes has mask 1 and the
 * last reward; then its last observation is shown, with mask 0; then the row is free. Rows without an agent are padding:
 * observation, reward and mask 0, every action allowed.
 */
export class StructuredEnvs implements VectorEnvs {
  readonly env: StructuredEnv;
  readonly options: VectorOptions;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  readonly turn = new Turn();
  readonly groups: readonly StructuredGroup[];
  readonly ended: Uint8Array;
  readonly recent: RecentEpisodes;
  readonly #columns: Columns<ReturnType<typeof worldColumns>>;
  readonly #worlds: StructuredWorld[] = [];
  #t = 0;
  #steps = 0;
  #isClosed = false;

  /** The columns that an arena must have room for. @throws RangeError or TypeError if an option is out of range */
  static columns(env: StructuredEnv, options: VectorOptions): ColumnSpecs {
    checkOptions(env, options);
    const { numEnvs, autoreset = 'NEXT_STEP' } = options;
    const groups = env.kinds.map((kind) => StructuredGroup.columns(kind, numEnvs, autoreset));
    return Object.assign({}, worldColumns(numEnvs), ...groups);
  }

  /**
   * Creates and resets the instances.
   *
   * @throws RangeError or TypeError if an option is out of range, or `create` does not make a new env at every call
   * @throws EnvError if an instance breaks the contract of its form
   */
  constructor(env: StructuredEnv, options: VectorOptions, arena: Arena) {
    checkOptions(env, options);
    const { numEnvs, seed, autoreset = 'NEXT_STEP' } = options;
    if (!(Number.isSafeInteger(seed) && seed >= 0 && Number.isSafeInteger(seed + numEnvs)))
      throw new RangeError(`seed: expected an integer in [0, 2^53 − numEnvs), got ${seed}`);
    this.env = env;
    this.options = options;
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.#columns = arena.take(worldColumns(numEnvs));
    const { ended, elapsed } = this.#columns;
    this.ended = ended;
    this.recent = new RecentEpisodes(this.#columns);
    const places = new Map<string, Place>();
    let firstRow = 0;
    this.groups = env.kinds.map((kind) => {
      const group = new StructuredGroup(kind, numEnvs, firstRow, autoreset, arena);
      firstRow += group.rows;
      for (const [index, name] of kind.agents.entries()) places.set(name, { group, index });
      return group;
    });
    try {
      this.#open({ env, groups: this.groups, places, elapsed });
      for (const world of this.#worlds) world.reset(0, seed + world.index);
    } catch (error) {
      this.#closeAll();
      throw error;
    }
  }

  get t(): number {
    return this.#t;
  }

  get steps(): number {
    return this.#steps;
  }

  get scores() {
    return { steps: this.#steps, ...this.recent.summary };
  }

  observe(): Batch<Observation> {
    return this.#batch('observation', (group) => seenBy(group, this.#t));
  }

  step(decision: Batch<Decision>): Batch<Transition> {
    const decisions = this.groups.map(({ kind }) => this.#decisionOf(kind, decision));
    for (const { t } of decisions) if (t !== this.#t) throw new StaleActionError(this.#t, t);
    for (const [g, group] of this.groups.entries()) takeActions(group, decisions[g]);
    this.advance();
    return this.#batch('transition', (group, g) => cameOf(group, decisions[g]));
  }

  advance(): void {
    if (this.#isClosed) throw new Error(`advance: the envs of ${this.env.id} are closed`);
    this.#checkActions();
    for (const group of this.groups) group.begin();
    const { ended, autoreset } = this;
    for (const world of this.#worlds) {
      if (ended[world.index] && autoreset === 'NEXT_STEP') {
        ended[world.index] = 0;
        world.reset(this.#t + 1);
      } else ended[world.index] = +world.step();
    }
    this.#count();
    if (autoreset === 'SAME_STEP')
      for (const world of this.#worlds) if (ended[world.index]) world.reset(this.#t + 1);
    this.#t++;
    for (const group of this.groups) group.t = this.#t;
  }

  /** @throws Error if the env has no `getState` */
  fork(from: number, to: readonly number[]): void {
    checkForked(this.numEnvs, [from, ...to]);
    const state = this.#worlds[from].save('fork');
    const names = this.#namesIn(from, (group) => group.occupants);
    this.#restore(to.map((world) => ({ world: this.#worlds[world], state: decodeState(state), names })));
    const { recentReturns, recentLengths, ...own } = this.#saved;
    const outcomes = this.groups.flatMap((group) => group.outcomes);
    for (const column of [...Object.values(own), ...outcomes]) {
      const width = column.length / this.numEnvs;
      for (const world of to) column.copyWithin(world * width, from * width, (from + 1) * width);
    }
  }

  /** @throws Error if the env has no `getState` */
  save(): Saved {
    const worlds = this.#worlds.map((world) => world.save('save'));
    const { episodes } = this.recent;
    return { tensors: copies(this.#saved), values: { t: this.#t, steps: this.#steps, episodes, worlds } };
  }

  load(saved: Saved): void {
    checkNames('envs', saved.values, ['t', 'steps', 'episodes', 'worlds']);
    const [t, steps, episodes] = ['t', 'steps', 'episodes'].map((name) => savedCount('envs', saved, name));
    checkTensors('envs', views(this.#saved), saved.tensors);
    checkBookkeeping(saved);
    checkStructured(this, saved, { t, steps, episodes });
    const { worlds } = saved.values;
    if (!Array.isArray(worlds) || worlds.length !== this.numEnvs)
      throw new CheckpointError(`checkpoint: expected envs.worlds as ${this.numEnvs} states`);
    try {
      const states = this.#worlds.map((world, i) => {
        const names = this.#namesIn(i, (group) => rowsOf(group, saved).occupants);
        return { world, state: decodeState(worlds[i], `worlds[${i}]`), names, saved: worlds[i] };
      });
      this.#restore(states);
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw new CheckpointError(`checkpoint: envs: ${(error as Error).message}`, { cause: error });
    }
    this.#t = t;
    this.#steps = steps;
    this.recent.episodes = episodes;
    for (const group of this.groups) group.t = t;
    restoreColumns(this.#saved, saved.tensors);
  }

  /** @throws EnvError if the instance throws, or gives something that is no picture */
  render(world: number): Frame | undefined {
    checkForked(this.numEnvs, [world]);
    return this.#worlds[world].render();
  }

  /** @throws EnvError if an instance does, after the others were closed */
  close(): void {
    const errors = this.#isClosed ? [] : this.#closeAll();
    if (errors.length > 0) throw errors[0];
  }

  #closeAll(): unknown[] {
    this.#isClosed = true;
    const errors: unknown[] = [];
    for (const world of this.#worlds) {
      try {
        world.guard(() => world.instance.env.close?.());
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  /** The columns that are saved, those of step t among them. */
  get #saved(): Record<string, Column> {
    const { recentScores, ...own } = this.#columns;
    return Object.assign(own, ...this.groups.map((group) => group.saved));
  }

  /** Who is in a world, if it has agents by name and its episode goes on. */
  #namesIn(world: number, occupants: (group: StructuredGroup) => Column): string[] | undefined {
    if (this.env.form === 'single') return undefined;
    const names = this.groups.flatMap((group) => namesIn(group, world, occupants(group)));
    return names.length > 0 ? names : undefined;
  }

  /** Takes on states of worlds, all or none; those that were `saved` wholly. */
  #restore(
    states: readonly { world: StructuredWorld; state: State; names: string[] | undefined; saved?: Json }[],
  ): void {
    const before = states.map(({ world }) => world.save('load'));
    let tried = 0;
    try {
      for (const { world, state, names, saved } of states) {
        tried++;
        world.load(state, names);
        if (saved !== undefined) checkSame(`envs.worlds[${world.index}]`, world.save('load'), saved);
      }
    } catch (error) {
      for (let i = 0; i < tried; i++) states[i].world.load(decodeState(before[i]));
      throw error;
    }
  }

  #open(shared: Shared): void {
    const { id } = this.env;
    const known = new Set<unknown>();
    for (let i = 0; i < this.numEnvs; i++) {
      const instance = openInstance(this.env, i);
      if (known.has(instance.env))
        throw new TypeError(`emulate ${id}: create must make a new env at every call`);
      known.add(instance.env);
      this.#worlds.push(new StructuredWorld(shared, i, instance));
    }
  }

  #batch<R extends Observation | Transition>(
    kind: R['kind'],
    make: (group: StructuredGroup, g: number) => R,
  ): Batch<R> {
    const { groups } = this;
    if (groups.length === 1) return make(groups[0], 0);
    return { kind, groups: Object.fromEntries(groups.map((group, g) => [group.kind, make(group, g)])) };
  }

  #decisionOf(kind: string, decision: Batch<Decision>): Decision {
    if (isGrouped(decision) === this.groups.length > 1) {
      const found = isGrouped(decision) ? decision.groups[kind] : decision;
      if (found) return found;
    }
    const expected = this.groups.length > 1 ? `a decision for the kind ${kind}` : 'one decision for all rows';
    throw new RangeError(`stepEnv: expected ${expected}, got none`);
  }

  #checkActions(): void {
    for (const { actions, actionMasks, occupants, rows, slots, check, agents } of this.groups) {
      for (let row = 0; row < rows; row++) {
        // What rows without an agent are told does not matter.
        const problem = occupants[row] ? check.problem(actions, row, actionMasks) : undefined;
        if (problem) throw this.#worlds[Math.floor(row / slots)].error(agents[occupants[row] - 1], problem);
      }
    }
  }

  /** Counts the step's transitions, and the episodes of agents that it ended. */
  #count(): void {
    for (const { rows, masks, terminations, truncations, episodeReturns, elapsed } of this.groups) {
      for (let row = 0; row < rows; row++) {
        this.#steps += masks[row];
        if (!terminations[row] && !truncations[row]) continue;
        this.recent.add(episodeReturns[row], elapsed[row]);
        // Equal states are saved as equal bytes, whoever was in the row before.
        episodeReturns[row] = elapsed[row] = 0;
      }
    }
  }
}
