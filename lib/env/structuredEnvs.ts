import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import { CheckpointError, EnvError, StaleActionError, WorkerError } from '../errors.ts';
import type { Json, Maybe, Saved } from '../nouns.ts';
import { type Batch, type Decision, isGrouped, type Observation, type Transition } from '../records.ts';
import { checkNames, checkTensors, copies, restoreColumns, savedCount, views } from '../restore.ts';
import { Turn } from '../turn.ts';
import { Alone, after, attempt, type Crew, type Task } from '../workers/crew.ts';
import { Mail } from '../workers/mail.ts';
import { EpisodeLog } from './episodeLog.ts';
import type { Frame } from './frame.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { cameOf, seenBy, takeActions } from './rowRecords.ts';
import { checkBookkeeping } from './savedRows.ts';
import { decodeState } from './stateCodec.ts';
import type { StructuredEnv } from './structured.ts';
import { StructuredGroup } from './structuredGroup.ts';
import { checkStructured, namesIn, rowsOf } from './structuredSaved.ts';
import { type ShareLetter, type ShareRequest, StructuredShare, type WorldState } from './structuredShare.ts';
import type { Place } from './structuredWorld.ts';
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
 * Instances of a structured env, each on the thread of one member of a crew, which steps its share of them one after
 * another. World i is seeded with seed + i when it is first reset; after that its random streams go on.
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
  readonly arena: Arena;
  /** Who share the worlds out. */
  readonly crew: Crew;
  /** The worlds of this thread; absent: it has none. */
  readonly share: StructuredShare | undefined;
  readonly #columns: Columns<ReturnType<typeof worldColumns>>;
  readonly #log: EpisodeLog;
  readonly #openAll: Task;
  readonly #stepAll: Task;
  readonly #mail: Mail;
  #t = 0;
  #steps = 0;
  #hasBegun = false;
  #isClosed = false;

  /**
   * The columns that an arena must have room for.
   *
   * @param members how many share the worlds out
   * @throws RangeError or TypeError if an option is out of range
   */
  static columns(env: StructuredEnv, options: VectorOptions, members = 1): ColumnSpecs {
    checkOptions(env, options);
    const { numEnvs, autoreset = 'NEXT_STEP' } = options;
    const groups = env.kinds.map((kind) => StructuredGroup.columns(kind, numEnvs, autoreset));
    const shared = { ...worldColumns(numEnvs), ...EpisodeLog.columns({}, members), ...Mail.columns(members) };
    return Object.assign({}, shared, ...groups);
  }

  /** There are no instances before `begin`. @throws RangeError or TypeError if an option is out of range */
  constructor(env: StructuredEnv, options: VectorOptions, arena: Arena, crew: Crew = new Alone()) {
    checkOptions(env, options);
    const { numEnvs, seed, autoreset = 'NEXT_STEP' } = options;
    if (!(Number.isSafeInteger(seed) && seed >= 0 && Number.isSafeInteger(seed + numEnvs)))
      throw new RangeError(`seed: expected an integer in [0, 2^53 − numEnvs), got ${seed}`);
    this.env = env;
    this.options = options;
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.arena = arena;
    this.crew = crew;
    this.#columns = arena.take(worldColumns(numEnvs));
    const { ended, elapsed } = this.#columns;
    this.ended = ended;
    this.recent = new RecentEpisodes(this.#columns);
    const log = new EpisodeLog({}, crew.size, arena.take(EpisodeLog.columns({}, crew.size)));
    this.#log = log;
    const places = new Map<string, Place>();
    let firstRow = 0;
    this.groups = env.kinds.map((kind) => {
      const group = new StructuredGroup(kind, options, firstRow, arena);
      firstRow += group.rows;
      for (const [index, name] of kind.agents.entries()) places.set(name, { group, index });
      return group;
    });
    if (crew.member >= 0) {
      const shared = { env, groups: this.groups, places, elapsed, autoreset, ended, log, crew };
      const [from, to] = this.#bounds(crew.member);
      this.share = new StructuredShare(shared, from, to);
    }
    this.#openAll = crew.task(() => this.share?.open(seed));
    this.#stepAll = crew.task((_, [t]) => this.share?.advance(t));
    this.#mail = new Mail(
      arena,
      crew,
      (letter) => this.share?.answer(letter as unknown as ShareLetter) ?? [],
    );
  }

  /**
   * Creates and resets the instances: to be called once, when all members are there.
   *
   * @throws TypeError if `create` does not make a new env at every call
   * @throws EnvError if an instance breaks the contract of its form
   */
  begin(): Maybe<void> {
    if (this.#hasBegun) throw new Error(`begin: the envs of ${this.env.id} have begun`);
    this.#hasBegun = true;
    return attempt(this.#openAll, () => {
      try {
        this.close();
      } catch {
        // What it failed of says more.
      }
    });
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

  step(decision: Batch<Decision>): Maybe<Batch<Transition>> {
    const decisions = this.groups.map(({ kind }) => this.#decisionOf(kind, decision));
    for (const { t } of decisions) if (t !== this.#t) throw new StaleActionError(this.#t, t);
    for (const [g, group] of this.groups.entries()) takeActions(group, decisions[g]);
    return after(this.advance(), () => this.#batch('transition', (group, g) => cameOf(group, decisions[g])));
  }

  advance(): Maybe<void> {
    this.checkOpen('advance');
    this.checkActions(0, this.numEnvs);
    const stepped = attempt(
      () => this.#stepAll(this.#t),
      () => this.failed(),
    );
    return after(stepped, () => this.passed(1));
  }

  /** @throws Error if the envs are closed */
  checkOpen(caller: string): void {
    if (this.#isClosed) throw new Error(`${caller}: the envs of ${this.env.id} are closed`);
  }

  /** @throws EnvError naming the first of the worlds from … to − 1 in which an agent is told what is no action, or forbidden */
  checkActions(from: number, to: number): void {
    for (let world = from; world < to; world++) {
      for (const { actions, actionMasks, occupants, slots, check, agents, t } of this.groups) {
        for (let row = world * slots; row < (world + 1) * slots; row++) {
          // What rows without an agent are told does not matter.
          const problem = occupants[row] ? check.problem(actions, row, actionMasks) : undefined;
          if (!problem) continue;
          const agent = this.env.form === 'single' ? undefined : agents[occupants[row] - 1];
          throw new EnvError(this.env.id, world, t, problem, { agent });
        }
      }
    }
  }

  /** Counts vector steps that the shares have taken. */
  passed(steps: number): void {
    this.#moveTo(this.#t + steps);
    this.#steps += this.#log.tally(this.recent);
  }

  /** Forgets what shares have told of steps that others failed in. */
  failed(): void {
    this.#moveTo(this.#t);
    this.#log.clear();
  }

  /** @throws Error if the env has no `getState` */
  fork(from: number, to: readonly number[]): void {
    checkForked(this.numEnvs, [from, ...to]);
    const [state] = this.#ask((isMine) => ({ ask: 'save', caller: 'fork', worlds: [from].filter(isMine) }));
    const names = this.#namesIn(from, (group) => group.occupants);
    this.#restore([...new Set(to)].sort((a, b) => a - b).map((world) => ({ world, state, names })));
    const { recentReturns, recentLengths, ...own } = this.#saved;
    const outcomes = this.groups.flatMap((group) => group.outcomes);
    for (const column of [...Object.values(own), ...outcomes]) {
      const width = column.length / this.numEnvs;
      for (const world of to) column.copyWithin(world * width, from * width, (from + 1) * width);
    }
  }

  /** @throws Error if the env has no `getState` */
  save(): Saved {
    const all = Array.from({ length: this.numEnvs }, (_, world) => world);
    const worlds = this.#ask((isMine) => ({ ask: 'save', caller: 'save', worlds: all.filter(isMine) }));
    const { episodes } = this.recent;
    return { tensors: copies(this.#saved), values: { t: this.#t, steps: this.#steps, episodes, worlds } };
  }

  load(saved: Saved): void {
    checkNames('envs', saved.values, ['t', 'steps', 'episodes', 'worlds']);
    const [t, steps, episodes] = ['t', 'steps', 'episodes'].map((name) => savedCount('envs', saved, name));
    checkTensors('envs', views(this.#saved), saved.tensors);
    checkBookkeeping(saved);
    checkStructured(this, saved, { t, steps, episodes });
    const worlds = saved.values.worlds as readonly Json[];
    if (!Array.isArray(worlds) || worlds.length !== this.numEnvs)
      throw new CheckpointError(`checkpoint: expected envs.worlds as ${this.numEnvs} states`);
    try {
      for (const [world, state] of worlds.entries()) decodeState(state, `worlds[${world}]`);
    } catch (error) {
      throw new CheckpointError(`checkpoint: envs: ${(error as Error).message}`, { cause: error });
    }
    const states = worlds.map((state, world) => {
      return { world, state, names: this.#namesIn(world, (group) => rowsOf(group, saved).occupants) };
    });
    this.#restore(states, true);
    this.#steps = steps;
    this.recent.episodes = episodes;
    this.#log.clear();
    this.#moveTo(t);
    restoreColumns(this.#saved, saved.tensors);
  }

  /** @throws EnvError if the instance throws, or gives something that is no picture */
  render(world: number): Frame | undefined {
    checkForked(this.numEnvs, [world]);
    const [frame] = this.#ask((isMine) => ({ ask: 'render', worlds: [world].filter(isMine) }));
    return decodeState(frame) as Frame | undefined;
  }

  /** @throws EnvError if an instance does, after the others were closed */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.arena.isOriginal) {
      this.share?.close();
      return;
    }
    try {
      this.#ask(() => ({ ask: 'close' }));
    } catch (error) {
      // A crew that is broken or at work gives nothing back before its threads end; what is here can be.
      if (!(error instanceof WorkerError)) throw error;
      this.share?.close();
    }
  }

  /** Lets the groups show step t, also after one that failed. */
  #moveTo(t: number): void {
    this.#t = t;
    for (const group of this.groups) group.t = t;
  }

  /** Worlds from … to − 1 of a member. */
  #bounds(member: number): readonly [from: number, to: number] {
    const share = this.numEnvs / this.crew.size;
    return [Math.floor(member * share), Math.floor((member + 1) * share)];
  }

  /** What the members answer, in their order: which is that of their worlds. */
  #ask(request: (isMine: (world: number) => boolean) => ShareRequest): Json[] {
    const letters = Array.from({ length: this.crew.size }, (_, member) => {
      const [from, to] = this.#bounds(member);
      const letter: ShareLetter = { t: this.#t, ...request((world) => world >= from && world < to) };
      return letter as unknown as Json;
    });
    return this.#mail.ask(letters).flat() as Json[];
  }

  /** Takes on states of worlds, in the worlds' order: all or none. */
  #restore(states: readonly WorldState[], isCheckpoint = false): void {
    try {
      this.#ask((isMine) => {
        return { ask: 'restore', states: states.filter(({ world }) => isMine(world)), isCheckpoint };
      });
    } catch (error) {
      this.#ask(() => ({ ask: 'undo' }));
      throw error;
    }
  }

  /** The columns that are saved, those of step t among them. */
  get #saved(): Record<string, Column> {
    const { recentScores, ...own } = this.#columns;
    return Object.assign(own, ...this.groups.map((group) => group.saved));
  }

  /** Who is in a world, if it has agents by name and its episode goes on. */
  #namesIn(world: number, occupants: (group: StructuredGroup) => Column): string[] | null {
    if (this.env.form === 'single') return null;
    const names = this.groups.flatMap((group) => namesIn(group, world, occupants(group)));
    return names.length > 0 ? names : null;
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
}
