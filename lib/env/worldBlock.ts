import type { Arena, Column, Columns } from '../arena.ts';
import { EnvError } from '../errors.ts';
import type { Crew } from '../workers/crew.ts';
import type { ActionCheck } from './actionCheck.ts';
import type { ColumnarEnv, ColumnarKernel, EnvContext } from './env.ts';
import type { workColumns } from './envColumns.ts';
import type { EpisodeLog } from './episodeLog.ts';
import type { ObservationCheck } from './observationCheck.ts';
import type { Stage } from './stage.ts';
import type { Autoreset } from './vectorOptions.ts';

/** What the blocks of a vector share. */
export interface WorldBlocks {
  readonly env: ColumnarEnv;
  readonly autoreset: Autoreset;
  readonly arena: Arena;
  readonly crew: Crew;
  readonly columns: Columns<ReturnType<typeof workColumns>>;
  readonly actionCheck: ActionCheck;
  readonly observationCheck: ObservationCheck;
  readonly log: EpisodeLog;
  /** The env, or its kernel. */
  readonly form: ColumnarEnv | ColumnarKernel;
}

/**
 * Worlds of a columnar env that are stepped together, in whatever thread: all they know is in columns. What they do does
 * not depend on the other blocks.
 */
export class WorldBlock {
  readonly index: number;
  /** Worlds from … to − 1. */
  readonly from: number;
  readonly to: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly #shared: WorldBlocks;
  /** The block's part of the column. */
  readonly #finished: Int32Array;
  /** Pointers to columns, which V8 takes as long to tell as to call a kernel. */
  readonly #pointers: Readonly<
    Record<'elapsed' | 'episodeReturns' | 'pending' | 'ended' | 'spawned' | 'finished', number>
  >;

  constructor(shared: WorldBlocks, index: number, from: number, to: number) {
    const { agents = 1 } = shared.env;
    this.#shared = shared;
    this.index = index;
    this.from = from;
    this.to = to;
    this.firstRow = from * agents;
    this.rows = (to - from) * agents;
    const { finished, pending, ended, spawned, elapsed, episodeReturns } = shared.columns;
    this.#finished = finished.subarray(this.firstRow, this.firstRow + this.rows);
    this.#pointers = {
      elapsed: elapsed.byteOffset + 4 * this.firstRow,
      episodeReturns: episodeReturns.byteOffset + 8 * this.firstRow,
      pending: pending.byteOffset + this.firstRow,
      // Worlds whose agents come anew by themselves never end.
      ended: shared.env.spawn ? 0 : ended.byteOffset + this.firstRow,
      spawned: spawned.byteOffset + this.firstRow,
      finished: this.#finished.byteOffset,
    };
  }

  /** Begins all worlds anew, and shows them. */
  begin(stage: Stage): void {
    for (let world = this.from; world < this.to; world++) this.#reset(stage.context, world, 0);
    this.show(stage, 0);
  }

  /**
   * Step t by the actions of `now`, whose other columns it fills; `next` gets what is shown then.
   *
   * @throws EnvError if the env throws, gives a value outside its spaces, or is told an action that is none
   */
  advance(member: number, now: Stage, next: Stage, t: number): void {
    const { env, autoreset, arena, crew, columns, log } = this.#shared;
    const { firstRow, rows, index } = this;
    crew.report(member, t, this.from, this.to);
    this.#checkActions(now, t);
    this.#stepLive(now.context, t);
    const { rewards, terminations } = now.context;
    const { finished, pendingCounts, elapsed, episodeReturns } = columns;
    const pointers = this.#pointers;
    const count = arena.kernels.bookkeep(
      rows,
      env.maxEpisodeSteps ?? 0,
      rewards.byteOffset + 4 * firstRow,
      terminations.byteOffset + firstRow,
      now.truncations.byteOffset + firstRow,
      now.masks.byteOffset + 4 * firstRow,
      pointers.elapsed,
      pointers.episodeReturns,
      pointers.pending,
      pointers.ended,
      pointers.finished,
    );
    if (count < 0) {
      const row = firstRow - 1 - count;
      throw this.#error(row, t, `reward: expected a finite number, got ${rewards[row]}`);
    }
    log.count(index, rows - pendingCounts[index]);
    pendingCounts[index] = count;
    for (let k = firstRow; k < firstRow + count; k++) {
      const row = firstRow + finished[k];
      log.add(index, t, row, episodeReturns[row], elapsed[row], now.context);
    }
    if (autoreset === 'SAME_STEP' && count > 0) this.#resetFinished(now, t);
    this.show(next, t + 1);
  }

  /** Writes what all rows show at step t and may do, and checks it. */
  show(stage: Stage, t: number): void {
    const { env, form } = this.#shared;
    const { context, actionMasks } = stage;
    const { from, to } = this;
    try {
      form.observe(context, from, to);
      env.actionMask?.(context, from, to);
    } catch (error) {
      throw this.#thrown(error, from, to, t);
    }
    this.#checkObservations(context.observations, this.firstRow, this.rows, t);
    if (actionMasks) this.#checkMasks(actionMasks, t);
  }

  /** Lists the rows that await their reset, as `bookkeep` does. */
  listPending(): void {
    const { pending, finished, pendingCounts } = this.#shared.columns;
    let count = 0;
    for (let i = 0; i < this.rows; i++) if (pending[this.firstRow + i]) finished[this.firstRow + count++] = i;
    pendingCounts[this.index] = count;
  }

  /** Acts in the worlds; those whose episode has ended begin the next one instead. */
  #stepLive(context: EnvContext, t: number): void {
    const { env, form, arena, columns } = this.#shared;
    const { finished, pendingCounts } = columns;
    const { firstRow, from, to } = this;
    const count = pendingCounts[this.index];
    if (env.spawn) {
      const { spawned } = context;
      arena.kernels.fill(this.#pointers.spawned, 0, this.rows);
      for (let k = firstRow; k < firstRow + count; k++) {
        spawned[firstRow + finished[k]] = 1;
        this.#spawn(context, firstRow + finished[k], t);
      }
      this.#step(context, from, to, t);
      return;
    }
    const kernel: ColumnarKernel | undefined = form === env ? undefined : form;
    if (kernel?.reset) {
      try {
        kernel.step(context, from, to);
        if (count > 0) kernel.reset(context, from, this.#finished, count);
      } catch (error) {
        throw this.#thrown(error, from, to, t);
      }
      return;
    }
    let next = from;
    for (let k = firstRow; k < firstRow + count; k++) {
      const world = from + finished[k];
      if (world > next) this.#step(context, next, world, t);
      this.#reset(context, world, t);
      next = world + 1;
    }
    if (next < to) this.#step(context, next, to, t);
  }

  #step(context: EnvContext, from: number, to: number, t: number): void {
    try {
      this.#shared.form.step(context, from, to);
    } catch (error) {
      throw this.#thrown(error, from, to, t);
    }
  }

  /** SAME_STEP: keeps the last observations, and begins new episodes. */
  #resetFinished(now: Stage, t: number): void {
    const { env, columns } = this.#shared;
    const { agents = 1 } = env;
    const { pending, finished, pendingCounts, elapsed, episodeReturns } = columns;
    const { context } = now;
    const final = { ...context, observations: now.finalObservations as EnvContext['observations'] };
    const end = this.firstRow + pendingCounts[this.index];
    // All of them first: who comes anew is seen by the others in the world.
    for (let k = this.firstRow; k < end; k++) {
      const row = this.firstRow + finished[k];
      const world = Math.floor(row / agents);
      const isSeen = k > this.firstRow && Math.floor((this.firstRow + finished[k - 1]) / agents) === world;
      if (!isSeen) this.#observeLast(final, world, t);
      this.#checkObservations(final.observations, row, 1, t + 1);
    }
    for (let k = this.firstRow; k < end; k++) {
      const row = this.firstRow + finished[k];
      if (env.spawn) this.#spawn(context, row, t);
      else this.#reset(context, Math.floor(row / agents), t);
      pending[row] = 0;
      elapsed[row] = 0;
      episodeReturns[row] = 0;
    }
    pendingCounts[this.index] = 0;
  }

  #observeLast(final: EnvContext, world: number, t: number): void {
    try {
      this.#shared.form.observe(final, world, world + 1);
    } catch (error) {
      throw this.#thrown(error, world, world + 1, t);
    }
  }

  #checkActions({ actions, actionMasks, context }: Stage, t: number): void {
    const { arena, actionCheck, columns } = this.#shared;
    const { width, choices, isVerbatim } = actionCheck;
    const { firstRow, rows } = this;
    if (width === 1 && !actionMasks && choices > 0) {
      const bad = arena.kernels.outsideRange(actions.byteOffset + 4 * firstRow, rows, choices);
      if (bad >= 0)
        throw this.#error(
          firstRow + bad,
          t,
          actionCheck.problem(actions, firstRow + bad, undefined) as string,
        );
    } else {
      for (let row = firstRow; row < firstRow + rows; row++) {
        // What a row that is reset is told does not matter.
        const problem = columns.pending[row] ? undefined : actionCheck.problem(actions, row, actionMasks);
        if (problem) throw this.#error(row, t, problem);
      }
    }
    if (!isVerbatim) {
      const [from, to] = [firstRow * width, (firstRow + rows) * width];
      actionCheck.toValues(actions.subarray(from, to), context.actions.subarray(from, to));
    }
  }

  #checkObservations(observations: Column, row: number, rows: number, t: number): void {
    const found = this.#shared.observationCheck.problem(observations, row, rows);
    if (found) throw this.#error(found.row, t, found.problem);
  }

  #checkMasks(masks: Uint8Array, t: number): void {
    const { actionCheck, columns } = this.#shared;
    const { choices } = actionCheck;
    for (let row = this.firstRow; row < this.firstRow + this.rows; row++) {
      // A row that is at its end may do anything: nothing comes of it.
      if (columns.pending[row]) masks.fill(1, row * choices, (row + 1) * choices);
      const problem = actionCheck.maskProblem(masks, row);
      if (problem) throw this.#error(row, t, problem);
    }
  }

  #reset(context: EnvContext, world: number, t: number): void {
    try {
      this.#shared.env.reset(context, world);
    } catch (error) {
      throw this.#thrown(error, world, world + 1, t);
    }
  }

  #spawn(context: EnvContext, row: number, t: number): void {
    const { env } = this.#shared;
    try {
      env.spawn?.(context, row);
    } catch (error) {
      const world = Math.floor(row / (env.agents ?? 1));
      throw this.#thrown(error, world, world + 1, t);
    }
  }

  #thrown(error: unknown, from: number, to: number, t: number): EnvError {
    if (error instanceof EnvError) return error;
    const problem = error instanceof Error ? error.message : String(error);
    const [row, worlds] = to - from === 1 ? [from, undefined] : [undefined, [from, to] as const];
    return new EnvError(this.#shared.env.id, row, t, problem, { worlds, cause: error });
  }

  /** @param row in the vector; the error names its world, and its agent if there are several */
  #error(row: number, t: number, problem: string): EnvError {
    const { id, agents = 1 } = this.#shared.env;
    const agent = agents > 1 ? `agent_${row % agents}` : undefined;
    return new EnvError(id, Math.floor(row / agents), t, problem, { agent });
  }
}
