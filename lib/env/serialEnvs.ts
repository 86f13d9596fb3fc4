import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import { CheckpointError, EnvError, StaleActionError } from '../errors.ts';
import type { Saved } from '../nouns.ts';
import type { Actions, Decision, Observation, Transition } from '../records.ts';
import {
  checkNames,
  checkTensors,
  copies,
  restoreColumns,
  savedCount,
  unprefixed,
  views,
} from '../restore.ts';
import { purposes, RowRandom } from '../rng.ts';
import { Turn } from '../turn.ts';
import { ActionCheck } from './actionCheck.ts';
import type { ColumnarEnv, EnvContext } from './env.ts';
import { finalColumns, paramColumns, stateColumns, workColumns } from './envColumns.ts';
import type { Frame } from './frame.ts';
import { ObservationCheck } from './observationCheck.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { cameOf, seenBy, takeActions } from './rowRecords.ts';
import { checkWorlds } from './savedRows.ts';
import type { RowGroup, VectorEnvs } from './vectorEnvs.ts';
import {
  type Autoreset,
  checkForked,
  checkOptions,
  type ForkOptions,
  type VectorOptions,
} from './vectorOptions.ts';

/** Worlds of a columnar env, stepped one after another in the calling thread. */
export class SerialEnvs implements VectorEnvs<'rows'>, RowGroup {
  readonly env: ColumnarEnv;
  readonly options: VectorOptions;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  readonly turn = new Turn();
  /** The only group is the vector itself. */
  readonly groups: readonly [RowGroup] = [this];
  readonly kind = 'agent';
  readonly slots = 1;
  readonly firstRow = 0;
  readonly actions: Actions;
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
  readonly ended: Uint8Array;
  readonly finalObservations: Column | undefined;
  readonly recent: RecentEpisodes;
  /** State columns by name, to look at or to overwrite between steps. */
  readonly state: Readonly<Record<string, Column>>;
  readonly #arena: Arena;
  readonly #columns: Columns<ReturnType<typeof workColumns>>;
  readonly #actionCheck: ActionCheck;
  readonly #observationCheck: ObservationCheck;
  readonly #rng: RowRandom;
  /** One context for each of the two observation buffers: step t shows its observations in buffer t mod 2. */
  readonly #contexts: readonly [EnvContext, EnvContext];
  readonly #saved: Readonly<Record<string, Column>>;
  #seed: number;
  #t = 0;
  #steps = 0;
  #pendingCount = 0;

  /** The columns that an arena must have room for. @throws RangeError or TypeError if an option is out of range */
  static columns(env: ColumnarEnv, options: VectorOptions): ColumnSpecs {
    checkOptions(env, options);
    const { numEnvs, autoreset = 'NEXT_STEP' } = options;
    const bounds = ObservationCheck.columns(env.observation);
    return {
      ...stateColumns(env, numEnvs),
      ...paramColumns(env, numEnvs),
      ...workColumns(env, numEnvs),
      ...finalColumns(env, numEnvs, autoreset),
      ...bounds,
    };
  }

  /** @throws RangeError or TypeError if an option is out of range or names no parameter of the env */
  constructor(env: ColumnarEnv, options: VectorOptions, arena: Arena) {
    checkOptions(env, options);
    const { numEnvs, seed, autoreset = 'NEXT_STEP', params = {} } = options;
    this.env = env;
    this.options = options;
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.#seed = seed;
    this.#arena = arena;
    const state = arena.take(stateColumns(env, numEnvs));
    const paramValues = arena.take(paramColumns(env, numEnvs));
    const columns = arena.take(workColumns(env, numEnvs));
    this.#columns = columns;
    this.finalObservations = arena.take(finalColumns(env, numEnvs, autoreset)).finalObservations;
    this.#actionCheck = new ActionCheck(env.action);
    this.#observationCheck = new ObservationCheck(env.observation, arena);
    this.actions = columns.actions;
    this.rewards = columns.rewards;
    this.terminations = columns.terminations;
    this.truncations = columns.truncations;
    this.masks = columns.masks;
    this.ended = columns.ended;
    this.recent = new RecentEpisodes(columns.recentReturns, columns.recentLengths);
    this.state = unprefixed('state.', state);
    const named = unprefixed('params.', paramValues) as Record<string, Float64Array>;
    const values: Record<string, number> = { ...env.params, ...params };
    for (const [name, value] of Object.entries(values)) named[name].fill(value);
    columns.masks.fill(1);
    for (let i = 0; i < numEnvs; i++) columns.streams[i] = i;
    const { rewards, terminations, draws, streams } = columns;
    this.#rng = new RowRandom(seed, purposes.env, draws, streams);
    const common = {
      state: this.state as EnvContext['state'],
      params: named,
      rng: this.#rng,
      actions: (this.#actionCheck.startsAtZero ? columns.actions : columns.values) as EnvContext['actions'],
      rewards,
      terminations,
      spawned: new Uint8Array(numEnvs),
    };
    this.#contexts = [
      { ...common, observations: columns.observations0, actionMasks: columns.actionMasks0 },
      { ...common, observations: columns.observations1, actionMasks: columns.actionMasks1 },
    ];
    const { episodeReturns, elapsed, pending, ended, masks, recentReturns, recentLengths } = columns;
    this.#saved = {
      ...state,
      ...paramValues,
      ...{ draws, streams, episodeReturns, elapsed, pending, ended, masks, recentReturns, recentLengths },
    };
    for (let i = 0; i < numEnvs; i++) this.#reset(this.#contexts[0], i);
    this.#show();
  }

  get observation() {
    return this.env.observation;
  }

  get action() {
    return this.env.action;
  }

  /** Rows: one for each world. */
  get rows(): number {
    return this.numEnvs;
  }

  get t(): number {
    return this.#t;
  }

  get steps(): number {
    return this.#steps;
  }

  get scores() {
    const { episodes, episodeReturn, episodeLength } = this.recent;
    return { steps: this.#steps, episodes, episodeReturn, episodeLength };
  }

  get observations(): Column {
    return this.#contexts[this.#t & 1].observations;
  }

  get actionMasks(): Uint8Array | undefined {
    return this.env.actionMask ? this.#contexts[this.#t & 1].actionMasks : undefined;
  }

  observe(): Observation {
    return seenBy(this, this.#t);
  }

  step(decision: Decision): Transition {
    if (decision.t !== this.#t) throw new StaleActionError(this.#t, decision.t);
    takeActions(this, decision);
    this.advance();
    return cameOf(this, decision);
  }

  advance(): void {
    const { env, numEnvs } = this;
    const context = this.#contexts[this.#t & 1];
    const { pending, ended, finished, elapsed, episodeReturns, rewards, terminations, truncations, masks } =
      this.#columns;
    this.#checkActions();
    // `bookkeep` adds to what is there; with NEXT_STEP it clears a row itself when the row is reset.
    if (this.autoreset === 'SAME_STEP') truncations.fill(0);
    this.#guard(() => this.#stepLiveRows(context));
    const count = this.#arena.kernels.bookkeep(
      numEnvs,
      env.maxEpisodeSteps ?? 0,
      rewards.byteOffset,
      terminations.byteOffset,
      truncations.byteOffset,
      masks.byteOffset,
      elapsed.byteOffset,
      episodeReturns.byteOffset,
      pending.byteOffset,
      finished.byteOffset,
    );
    if (count < 0)
      throw this.#error(-1 - count, `reward: expected a finite number, got ${rewards[-1 - count]}`);
    this.#steps += numEnvs - this.#pendingCount;
    this.#pendingCount = count;
    ended.set(pending);
    for (let k = 0; k < count; k++) this.recent.add(episodeReturns[finished[k]], elapsed[finished[k]]);
    if (this.autoreset === 'SAME_STEP' && count > 0) this.#resetFinished(count);
    this.#t++;
    this.#show();
  }

  fork(from: number, to: readonly number[], { ownStreams = false }: ForkOptions = {}): void {
    checkForked(this.numEnvs, [from, ...to]);
    const { recentReturns, recentLengths, ...own } = this.#saved;
    // What came of the last step too: `bookkeep` adds to the truncations.
    const { draws, streams, rewards, terminations, truncations } = this.#columns;
    const last = streams.reduce((highest, stream) => Math.max(highest, stream), 0);
    const { actionMasks, observations } = this.#contexts[this.#t & 1];
    const finals = this.finalObservations ? [this.finalObservations] : [];
    const shown = [observations, actionMasks, rewards, terminations, truncations, ...finals];
    for (const column of [...Object.values(own), ...shown]) {
      const width = column.length / this.numEnvs;
      for (const world of to) column.copyWithin(world * width, from * width, (from + 1) * width);
    }
    if (ownStreams) {
      for (const [k, world] of to.entries()) {
        streams[world] = last + 1 + k;
        draws[world] = 0;
      }
    }
    this.#listPending();
  }

  save(): Saved {
    return {
      tensors: copies({ ...this.#saved, observations: this.observations }),
      values: this.#counters,
    };
  }

  load(saved: Saved): void {
    const counters = this.#readCounters(saved);
    const { observations } = this;
    checkTensors('envs', views({ ...this.#saved, observations }), saved.tensors);
    checkWorlds(this, saved);
    const columns = { ...this.#saved, ...this.#columns };
    const before = { columns: copies(columns), counters: this.#counters };
    restoreColumns(this.#saved, saved.tensors);
    // `bookkeep` adds to what is there, which belongs to another past.
    for (const name of ['rewards', 'terminations', 'truncations'] as const) this.#columns[name].fill(0);
    this.#resume(counters);
    try {
      this.#checkShown(saved.tensors.observations.data);
    } catch (error) {
      restoreColumns(columns, before.columns);
      this.#resume(before.counters);
      throw new CheckpointError(`checkpoint: envs: ${(error as Error).message}`, { cause: error });
    }
  }

  render(world: number): Frame | undefined {
    const { render } = this.env;
    checkForked(this.numEnvs, [world]);
    if (!render) return undefined;
    const { width, height } = render;
    const data = new Uint8Array(width * height * 3);
    render.draw(this.#contexts[this.#t & 1], world, data);
    return { width, height, data };
  }

  close(): void {}

  #readCounters(saved: Saved) {
    checkNames('envs', saved.values, ['t', 'steps', 'episodes', 'seed']);
    const [t, steps, episodes] = ['t', 'steps', 'episodes'].map((name) => savedCount('envs', saved, name));
    return { t, steps, episodes, seed: savedCount('envs', saved, 'seed', Number.MAX_SAFE_INTEGER) };
  }

  get #counters() {
    return { t: this.#t, steps: this.#steps, episodes: this.recent.episodes, seed: this.#seed };
  }

  #resume({ t, steps, episodes, seed }: Readonly<Record<'t' | 'steps' | 'episodes' | 'seed', number>>): void {
    this.#t = t;
    this.#steps = steps;
    this.#seed = seed;
    this.#rng.reseed(seed);
    this.recent.episodes = episodes;
    this.#listPending();
  }

  /** Shows what is there after a load, which must be what was shown when it was saved. */
  #checkShown(expected: Column): void {
    this.#show();
    const shown = this.observations;
    const [a, b] = [shown, expected].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    const bad = a.findIndex((byte, i) => byte !== b[i]);
    if (bad < 0) return;
    const i = Math.floor(bad / shown.BYTES_PER_ELEMENT);
    const width = shown.length / this.numEnvs;
    throw this.#error(
      Math.floor(i / width),
      `the state shows ${shown[i]} where the saved observation[${i % width}] is ${expected[i]}`,
    );
  }

  #checkActions(): void {
    const { actionMasks } = this;
    const { pending, values } = this.#columns;
    const { width, choices, startsAtZero } = this.#actionCheck;
    if (width === 1 && !actionMasks && choices > 0) {
      const bad = this.#arena.kernels.outsideRange(this.actions.byteOffset, this.numEnvs, choices);
      if (bad >= 0) throw this.#error(bad, this.#actionCheck.problem(this.actions, bad, undefined) as string);
    } else {
      for (let i = 0; i < this.numEnvs; i++) {
        // What a row that is reset is told does not matter.
        const problem = pending[i] ? undefined : this.#actionCheck.problem(this.actions, i, actionMasks);
        if (problem) throw this.#error(i, problem);
      }
    }
    if (!startsAtZero) this.#actionCheck.toValues(this.actions, values);
  }

  /** Lists the rows that await their reset, as `bookkeep` does. */
  #listPending(): void {
    const { pending, finished } = this.#columns;
    this.#pendingCount = 0;
    for (let i = 0; i < this.numEnvs; i++) if (pending[i]) finished[this.#pendingCount++] = i;
  }

  /** Steps the rows that are in an episode, in runs of neighbours, and resets the others. */
  #stepLiveRows(context: EnvContext): void {
    const { env, numEnvs } = this;
    if (this.#pendingCount === 0) {
      env.step(context, 0, numEnvs);
      return;
    }
    const { finished } = this.#columns;
    let from = 0;
    for (let k = 0; k < this.#pendingCount; k++) {
      const i = finished[k];
      if (i > from) env.step(context, from, i);
      this.#reset(context, i);
      from = i + 1;
    }
    if (from < numEnvs) env.step(context, from, numEnvs);
  }

  /** SAME_STEP: keeps the last observations, and begins new episodes. */
  #resetFinished(count: number): void {
    const { env } = this;
    const context = this.#contexts[this.#t & 1];
    const { pending, finished, elapsed, episodeReturns } = this.#columns;
    const final = { ...context, observations: this.finalObservations as EnvContext['observations'] };
    this.#guard(() => {
      for (let k = 0; k < count; k++) {
        const i = finished[k];
        env.observe(final, i, i + 1);
        this.#checkObservations(final.observations, i, 1, this.#t + 1);
        this.#reset(context, i);
        pending[i] = 0;
        elapsed[i] = 0;
        episodeReturns[i] = 0;
      }
    });
    this.#pendingCount = 0;
  }

  /** Writes what all rows show now and may do, and checks it. */
  #show(): void {
    const { env, numEnvs } = this;
    const context = this.#contexts[this.#t & 1];
    this.#guard(() => {
      env.observe(context, 0, numEnvs);
      env.actionMask?.(context, 0, numEnvs);
    });
    this.#checkObservations(context.observations, 0, numEnvs, this.#t);
    if (env.actionMask) this.#checkMasks(context.actionMasks);
  }

  #checkObservations(observations: Column, row: number, rows: number, t: number): void {
    const found = this.#observationCheck.problem(observations, row, rows);
    if (found) throw this.#error(found.row, found.problem, undefined, t);
  }

  #checkMasks(masks: Uint8Array): void {
    const { pending } = this.#columns;
    const { choices } = this.#actionCheck;
    for (let i = 0; i < this.numEnvs; i++) {
      // A row that is at its end may do anything: nothing comes of it.
      if (pending[i]) masks.fill(1, i * choices, (i + 1) * choices);
      const problem = this.#actionCheck.maskProblem(masks, i);
      if (problem) throw this.#error(i, problem);
    }
  }

  #reset(context: EnvContext, i: number): void {
    try {
      this.env.reset(context, i);
    } catch (error) {
      throw this.#error(i, error instanceof Error ? error.message : String(error), error);
    }
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof EnvError) throw error;
      throw this.#error(undefined, error instanceof Error ? error.message : String(error), error);
    }
  }

  #error(row: number | undefined, problem: string, cause?: unknown, t = this.#t): EnvError {
    return new EnvError(this.env.id, row, t, problem, { cause });
  }
}
