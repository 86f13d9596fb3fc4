import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import { EnvError, StaleActionError } from '../errors.ts';
import type { Envs, Saved, Scores, Stateful } from '../nouns.ts';
import type { Decision, Observation, Transition } from '../records.ts';
import { checkTensors, copies, restoreColumns, savedCount, unprefixed, views } from '../restore.ts';
import { purposes, RowRandom } from '../rng.ts';
import { Turn } from '../turn.ts';
import type { AnyEnv, EnvContext } from './env.ts';
import { fillBounds, finalColumns, paramColumns, stateColumns, workColumns } from './envColumns.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { type Autoreset, checkOptions, type VectorOptions } from './vectorOptions.ts';

/** Worlds of a columnar env, stepped one after another in the calling thread. */
export class SerialEnvs implements Envs, Scores, Stateful {
  readonly env: AnyEnv;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  readonly turn = new Turn();
  /** [N] what `advance` acts by; `step` fills it from a decision. */
  readonly actions: Int32Array;
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
  readonly recent: RecentEpisodes;
  /** State columns by name, to look at or to overwrite between steps. */
  readonly state: Readonly<Record<string, Column>>;
  readonly #arena: Arena;
  readonly #columns: Columns<ReturnType<typeof workColumns>>;
  readonly #finalObservations: Float32Array | undefined;
  /** One context for each of the two observation buffers: step t shows its observations in buffer t mod 2. */
  readonly #contexts: readonly [EnvContext, EnvContext];
  readonly #saved: Readonly<Record<string, Column>>;
  #t = 0;
  #steps = 0;
  #pendingCount = 0;

  /** The columns that an arena must have room for. @throws RangeError or TypeError if an option is out of range */
  static columns(env: AnyEnv, options: VectorOptions): ColumnSpecs {
    checkOptions(env, options);
    const { numEnvs, autoreset = 'NEXT_STEP' } = options;
    return {
      ...stateColumns(env, numEnvs),
      ...paramColumns(env, numEnvs),
      ...workColumns(env, numEnvs),
      ...finalColumns(env, numEnvs, autoreset),
    };
  }

  /** @throws RangeError or TypeError if an option is out of range or names no parameter of the env */
  constructor(env: AnyEnv, options: VectorOptions, arena: Arena) {
    checkOptions(env, options);
    const { numEnvs, seed, autoreset = 'NEXT_STEP', params = {} } = options;
    this.env = env;
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.#arena = arena;
    const state = arena.take(stateColumns(env, numEnvs));
    const paramValues = arena.take(paramColumns(env, numEnvs));
    const columns = arena.take(workColumns(env, numEnvs));
    this.#columns = columns;
    this.#finalObservations = arena.take(finalColumns(env, numEnvs, autoreset)).finalObservations as
      | Float32Array
      | undefined;
    this.actions = columns.actions;
    this.rewards = columns.rewards;
    this.terminations = columns.terminations;
    this.truncations = columns.truncations;
    this.masks = columns.masks;
    this.recent = new RecentEpisodes(columns.recentReturns, columns.recentLengths);
    this.state = unprefixed('state.', state);
    const named = unprefixed('params.', paramValues) as Record<string, Float64Array>;
    const values: Record<string, number> = { ...env.params, ...params };
    for (const [name, value] of Object.entries(values)) named[name].fill(value);
    columns.masks.fill(1);
    fillBounds(env, columns.lows, columns.highs);
    const { actions, rewards, terminations, draws, observations0, observations1 } = columns;
    const common = {
      state: this.state as EnvContext['state'],
      params: named,
      actions,
      rewards,
      terminations,
    };
    const rng = new RowRandom(seed, purposes.env, draws);
    this.#contexts = [
      { ...common, rng, observations: observations0 },
      { ...common, rng, observations: observations1 },
    ];
    const { episodeReturns, elapsed, pending, masks, recentReturns, recentLengths } = columns;
    this.#saved = {
      ...state,
      ...paramValues,
      ...{ draws, episodeReturns, elapsed, pending, masks, recentReturns, recentLengths },
    };
    for (let i = 0; i < numEnvs; i++) this.#reset(this.#contexts[0], i);
    this.#show();
  }

  /** Vector steps taken. */
  get t(): number {
    return this.#t;
  }

  /** Real transitions: reset rows are not counted. */
  get steps(): number {
    return this.#steps;
  }

  get scores() {
    const { episodes, episodeReturn, episodeLength } = this.recent;
    return { steps: this.#steps, episodes, episodeReturn, episodeLength };
  }

  /** [N, O] what all rows show now; it stays intact for one step more. */
  get observations(): Float32Array {
    return this.#contexts[this.#t & 1].observations;
  }

  observe(): Observation {
    return { kind: 'observation', t: this.#t, observations: this.observations };
  }

  step(decision: Decision): Transition {
    const { t, observations, actions, logProbs, values, states } = decision;
    if (t !== this.#t) throw new StaleActionError(this.#t, t);
    if (actions.length !== this.numEnvs)
      throw new RangeError(`stepEnv: expected ${this.numEnvs} actions, got ${actions.length}`);
    this.actions.set(actions);
    this.advance();
    return {
      kind: 'transition',
      t,
      observations,
      actions,
      logProbs,
      values,
      states,
      rewards: this.rewards,
      terminations: this.terminations,
      truncations: this.truncations,
      masks: this.masks,
      nextObservations: this.observations,
      finalObservations: this.#finalObservations,
    };
  }

  /** One vector step by the actions in `actions`. @throws EnvError if an action, reward or observation is out of its space */
  advance(): void {
    const { env, numEnvs } = this;
    const context = this.#contexts[this.#t & 1];
    const { pending, finished, elapsed, episodeReturns, rewards, terminations, truncations, masks } =
      this.#columns;
    const { kernels } = this.#arena;
    const bad = kernels.outsideRange(this.actions.byteOffset, numEnvs, env.action.n);
    if (bad >= 0) throw this.#error(bad, env.action.problem(this.actions[bad], 'action') as string);
    // `bookkeep` adds to what is there; with NEXT_STEP it clears a row itself when the row is reset.
    if (this.autoreset === 'SAME_STEP') truncations.fill(0);
    this.#guard(() => this.#stepLiveRows(context));
    const count = kernels.bookkeep(
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
    for (let k = 0; k < count; k++) this.recent.add(episodeReturns[finished[k]], elapsed[finished[k]]);
    if (this.autoreset === 'SAME_STEP' && count > 0) this.#resetFinished(count);
    this.#t++;
    this.#show();
  }

  save(): Saved {
    return {
      tensors: copies({ ...this.#saved, observations: this.observations }),
      values: { t: this.#t, steps: this.#steps, episodes: this.recent.episodes },
    };
  }

  load(saved: Saved): void {
    const { observations0, observations1 } = this.#columns;
    const t = savedCount('envs', saved, 't');
    const steps = savedCount('envs', saved, 'steps');
    const episodes = savedCount('envs', saved, 'episodes');
    const columns = { ...this.#saved, observations: t & 1 ? observations1 : observations0 };
    checkTensors('envs', views(columns), saved.tensors);
    restoreColumns(columns, saved.tensors);
    // `bookkeep` adds to what is there, which belongs to another past.
    this.#columns.truncations.fill(0);
    this.#t = t;
    this.#steps = steps;
    this.recent.episodes = episodes;
    this.#listPending();
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
    const final = { ...context, observations: this.#finalObservations as Float32Array };
    this.#guard(() => {
      for (let k = 0; k < count; k++) {
        const i = finished[k];
        env.observe(final, i, i + 1);
        this.#check(final.observations, i, 1, this.#t + 1);
        this.#reset(context, i);
        pending[i] = 0;
        elapsed[i] = 0;
        episodeReturns[i] = 0;
      }
    });
    this.#pendingCount = 0;
  }

  /** Writes what all rows show now, and checks it. */
  #show(): void {
    const { env, numEnvs } = this;
    const context = this.#contexts[this.#t & 1];
    this.#guard(() => env.observe(context, 0, numEnvs));
    this.#check(context.observations, 0, numEnvs, this.#t);
  }

  /** @throws EnvError if one of `rows` rows from `row` on shows at step t what is not in the space */
  #check(observations: Float32Array, row: number, rows: number, t: number): void {
    const { size, low, high } = this.env.observation;
    const { lows, highs } = this.#columns;
    const bad = this.#arena.kernels.outside(
      observations.byteOffset + 4 * row * size,
      rows * size,
      lows.byteOffset,
      highs.byteOffset,
      lows.length,
    );
    if (bad < 0) return;
    const element = bad % size;
    const bounds = `[${low[element]}, ${high[element]}]`;
    throw this.#error(
      row + (bad - element) / size,
      `observation[${element}]: expected a finite number in ${bounds}, got ${observations[row * size + bad]}`,
      undefined,
      t,
    );
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
