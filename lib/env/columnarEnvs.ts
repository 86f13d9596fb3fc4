import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import { CheckpointError, EnvError, StaleActionError } from '../errors.ts';
import type { Maybe, Saved } from '../nouns.ts';
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
import { after, type Crew, type Task } from '../workers/crew.ts';
import { earlier } from '../workers/fault.ts';
import { ActionCheck } from './actionCheck.ts';
import type { ColumnarEnv, EnvContext } from './env.ts';
import { blocksOf, finalColumns, paramColumns, rowsOf, stateColumns, workColumns } from './envColumns.ts';
import { EpisodeLog } from './episodeLog.ts';
import type { Frame } from './frame.ts';
import { ObservationCheck } from './observationCheck.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { cameOf, seenBy, takeActions } from './rowRecords.ts';
import { checkWorlds } from './savedRows.ts';
import type { Stage, StageColumns } from './stage.ts';
import type { RowGroup, VectorEnvs } from './vectorEnvs.ts';
import {
  type Autoreset,
  checkForked,
  checkOptions,
  type ForkOptions,
  type VectorOptions,
} from './vectorOptions.ts';
import { WorldBlock } from './worldBlock.ts';

const NONE = new Uint8Array(0);

/** Worlds of a columnar env in blocks, which the members of a crew may share out: the bits are the same. */
export abstract class ColumnarEnvs implements VectorEnvs<'rows'>, RowGroup {
  readonly env: ColumnarEnv;
  readonly options: VectorOptions;
  readonly numEnvs: number;
  readonly autoreset: Autoreset;
  readonly turn = new Turn();
  /** The only group is the vector itself. */
  readonly groups: readonly [RowGroup] = [this];
  readonly kind = 'agent';
  /** Rows of each world. */
  readonly slots: number;
  readonly firstRow = 0;
  /** N = worlds × slots */
  readonly rows: number;
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
  readonly blocks: readonly WorldBlock[];
  readonly arena: Arena;
  /** Who share the blocks out. */
  readonly crew: Crew;
  readonly #columns: Columns<ReturnType<typeof workColumns>>;
  readonly #rng: RowRandom;
  /** What all stages have of a context; `values` are what the env reads for actions that it is not told as they are. */
  readonly #common: Pick<EnvContext, 'state' | 'params' | 'rng' | 'spawned'> & { readonly values?: Actions };
  readonly #log: EpisodeLog;
  readonly #stepAll: Task;
  /** Step t shows its observations in stage t mod 2. */
  readonly #stages: readonly [Stage, Stage];
  readonly #saved: Readonly<Record<string, Column>>;
  #seed: number;
  #t = 0;
  #steps = 0;

  /** The columns that an arena must have room for. @throws RangeError or TypeError if an option is out of range */
  static columns(env: ColumnarEnv, options: VectorOptions): ColumnSpecs {
    checkOptions(env, options);
    const { numEnvs, autoreset = 'NEXT_STEP', clipActions } = options;
    const bounds = ObservationCheck.columns(env.observation);
    return {
      ...stateColumns(env, numEnvs),
      ...paramColumns(env, numEnvs),
      ...workColumns(env, numEnvs, clipActions),
      ...finalColumns(env, numEnvs, autoreset),
      ...bounds,
    };
  }

  /** @throws RangeError or TypeError if an option is out of range or names no parameter of the env */
  constructor(env: ColumnarEnv, options: VectorOptions, arena: Arena, crew: Crew) {
    checkOptions(env, options);
    const { numEnvs, seed, autoreset = 'NEXT_STEP', params = {}, clipActions } = options;
    this.env = env;
    this.options = options;
    this.numEnvs = numEnvs;
    this.slots = env.agents ?? 1;
    this.rows = rowsOf(env, numEnvs);
    this.autoreset = autoreset;
    this.#seed = seed;
    this.arena = arena;
    this.crew = crew;
    const state = arena.take(stateColumns(env, numEnvs));
    const paramValues = arena.take(paramColumns(env, numEnvs));
    const columns = arena.take(workColumns(env, numEnvs, clipActions));
    this.#columns = columns;
    this.finalObservations = arena.take(finalColumns(env, numEnvs, autoreset)).finalObservations;
    const actionCheck = new ActionCheck(env.action, clipActions);
    const observationCheck = new ObservationCheck(env.observation, arena);
    const { actions, rewards, terminations, truncations, masks, ended, draws, streams } = columns;
    this.actions = actions;
    this.rewards = rewards;
    this.terminations = terminations;
    this.truncations = truncations;
    this.masks = masks;
    this.ended = ended;
    this.recent = new RecentEpisodes(columns, env.scores);
    this.state = unprefixed('state.', state);
    const named = unprefixed('params.', paramValues) as Record<string, Float64Array>;
    this.#rng = new RowRandom(seed, purposes.env, draws, streams);
    this.#common = {
      state: this.state as EnvContext['state'],
      params: named,
      rng: this.#rng,
      values: actionCheck.isVerbatim ? undefined : columns.values,
      spawned: columns.spawned,
    };
    const own = {
      actions,
      rewards,
      terminations,
      truncations,
      masks,
      finalObservations: this.finalObservations,
    };
    this.#stages = [
      this.stageOf({ ...own, observations: columns.observations0, actionMasks: columns.actionMasks0 }),
      this.stageOf({ ...own, observations: columns.observations1, actionMasks: columns.actionMasks1 }),
    ];
    const { episodeReturns, elapsed, pending, recentReturns, recentLengths, recentScores } = columns;
    this.#saved = {
      ...state,
      ...paramValues,
      ...{ draws, streams, episodeReturns, elapsed, pending, ended, masks, recentReturns, recentLengths },
      ...(recentScores.length > 0 && { recentScores }),
    };
    const { worlds, blocks } = blocksOf(env, numEnvs, crew.size);
    this.#log = new EpisodeLog(env, blocks, columns);
    const form = env.kernel?.(arena.memory) ?? env;
    const shared = {
      env,
      autoreset,
      arena,
      crew,
      columns,
      actionCheck,
      observationCheck,
      log: this.#log,
      form,
    };
    this.blocks = Array.from(
      { length: blocks },
      (_, b) => new WorldBlock(shared, b, b * worlds, Math.min((b + 1) * worlds, numEnvs)),
    );
    this.#stepAll = crew.task((member, [t, seed]) => {
      this.seed = seed;
      this.eachBlock((block) => block.advance(member, this.stage(t), this.stage(t + 1), t));
    });
    // What is there already is another thread's.
    if (arena.isOriginal) this.#begin({ ...env.params, ...params }, named);
  }

  #begin(values: Record<string, number>, params: Record<string, Float64Array>): void {
    const { masks, streams } = this.#columns;
    for (const [name, value] of Object.entries(values)) params[name].fill(value);
    masks.fill(1);
    for (let i = 0; i < this.numEnvs; i++) streams[i] = i;
    for (const block of this.blocks) block.begin(this.#stages[0]);
  }

  get observation() {
    return this.env.observation;
  }

  get action() {
    return this.env.action;
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

  get observations(): Column {
    return this.#stage.context.observations;
  }

  get actionMasks(): Uint8Array | undefined {
    return this.#stage.actionMasks;
  }

  /** What the random streams are made of: another one after a load, which the threads of a crew are told. */
  get seed(): number {
    return this.#seed;
  }

  set seed(seed: number) {
    if (seed === this.#seed) return;
    this.#seed = seed;
    this.#rng.reseed(seed);
  }

  /** What step t is to be. */
  get #stage(): Stage {
    return this.#stages[this.#t & 1];
  }

  observe(): Observation {
    return seenBy(this, this.#t);
  }

  abstract step(decision: Decision): Maybe<Transition>;
  abstract advance(): Maybe<void>;

  /** Acts on the waiting observation: what `step` does. */
  protected act(decision: Decision): Maybe<Transition> {
    if (decision.t !== this.#t) throw new StaleActionError(this.#t, decision.t);
    takeActions(this, decision);
    return after(this.move(), () => cameOf(this, decision));
  }

  /** One vector step by the `actions`: what `advance` does. */
  protected move(): Maybe<void> {
    return after(this.#stepAll(this.#t, this.#seed), () => this.passed(1));
  }

  /** What the episode of a row that has just ended is judged by, by name. */
  scoresOf(row: number): Record<string, number> {
    const scores: NonNullable<ColumnarEnv['scores']> = this.env.scores ?? {};
    return Object.fromEntries(
      Object.entries(scores).map(([name, score]) => [name, score(this.#stage.context, row)]),
    );
  }

  /** Counts vector steps that the blocks have taken. */
  passed(steps: number): void {
    this.#t += steps;
    this.#steps += this.#log.tally(this.recent);
  }

  /** A stage of these columns, each of which has all rows. */
  stageOf({ observations, actionMasks, actions, rewards, terminations, ...others }: StageColumns): Stage {
    const { values, ...common } = this.#common;
    const read = (values ?? actions) as EnvContext['actions'];
    const shown = { observations, actionMasks: actionMasks ?? NONE };
    return {
      context: { ...common, ...shown, actions: read, rewards, terminations },
      actions,
      actionMasks: this.env.actionMask && actionMasks,
      ...others,
    };
  }

  /** The vector's own columns for step t. */
  stage(t: number): Stage {
    return this.#stages[t & 1];
  }

  /**
   * Lets the calling member work on the blocks that it claims.
   *
   * @throws EnvError the first in step and world of those that blocks threw
   */
  eachBlock(work: (block: WorldBlock) => void): void {
    let error: unknown;
    for (let b = this.crew.claim(); b < this.blocks.length; b = this.crew.claim()) {
      try {
        work(this.blocks[b]);
      } catch (thrown) {
        error = earlier(error, thrown);
      }
    }
    if (error !== undefined) throw error;
  }

  fork(from: number, to: readonly number[], { ownStreams = false }: ForkOptions = {}): void {
    checkForked(this.numEnvs, [from, ...to]);
    const { recentReturns, recentLengths, recentScores, ...own } = this.#saved;
    // What came of the last step belongs to the world, too.
    const { draws, streams, rewards, terminations, truncations } = this.#columns;
    const last = streams.reduce((highest, stream) => Math.max(highest, stream), 0);
    const { actionMasks, observations } = this.#stage.context;
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
    for (const block of this.blocks) block.listPending();
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
    // What came of the last step belongs to another past.
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
    render.draw(this.#stage.context, world, data);
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
    this.seed = seed;
    this.recent.episodes = episodes;
    this.#log.clear();
    for (const block of this.blocks) block.listPending();
  }

  /** Shows what is there after a load, which must be what was shown when it was saved. */
  #checkShown(expected: Column): void {
    for (const block of this.blocks) block.show(this.#stage, this.#t);
    const shown = this.observations;
    const [a, b] = [shown, expected].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    const bad = a.findIndex((byte, i) => byte !== b[i]);
    if (bad < 0) return;
    const i = Math.floor(bad / shown.BYTES_PER_ELEMENT);
    const width = shown.length / this.rows;
    throw new EnvError(
      this.env.id,
      Math.floor(i / width / this.slots),
      this.#t,
      `the state shows ${shown[i]} where the saved observation[${i % width}] is ${expected[i]}`,
    );
  }
}
