import type { Column, ColumnSpecs } from '../../../lib/arena.ts';
import type { ColumnarEnv, EnvContext } from '../../../lib/env/env.ts';
import { paramColumns, rowsOf, stateColumns } from '../../../lib/env/envColumns.ts';
import { EnvError } from '../../../lib/errors.ts';
import { unprefixed } from '../../../lib/restore.ts';
import { purposes, RowRandom } from '../../../lib/rng.ts';
import { layout } from '../../../lib/space/layout.ts';
import { Chooser } from '../chooser.ts';
import { columns } from '../memory.ts';
import { type Frame, framesOfRows } from '../story.ts';

/** What stands in `rewards` and `terminations` before a step: whatever is still there has not been written. */
export const UNWRITTEN = { reward: Math.fround(1.2345e30), termination: 231 } as const;

/**
 * Worlds of a columnar env with nothing around them: its methods are called as the law wants them to be. Nothing is
 * checked here.
 */
export class ColumnWorlds {
  readonly env: ColumnarEnv;
  readonly count: number;
  /** Rows of each world. */
  readonly agents: number;
  /** Agents of all worlds: agent a of world w has row w · agents + a. */
  readonly rows: number;
  readonly chooser: Chooser;
  /** Everything that the env can write to, by name. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Elements of each column for a world. */
  readonly widths: Readonly<Record<string, number>>;
  /** Steps so far, for messages. */
  t = 0;
  readonly #context: EnvContext;

  /** @param streams which random streams the worlds draw from; by default each its own number's */
  constructor(env: ColumnarEnv, count: number, seed: number, streams: readonly number[] = []) {
    this.env = env;
    this.count = count;
    this.agents = env.agents ?? 1;
    this.rows = rowsOf(env, count);
    this.chooser = new Chooser(env.action);
    const specs = specsOf(env, count, this.chooser);
    this.columns = columns(specs);
    this.widths = Object.fromEntries(
      Object.entries(specs).map(([name, [, length]]) => [name, length / count]),
    );
    const own = this.columns as Readonly<Record<string, never>> & {
      draws: Uint32Array;
      streams: Uint32Array;
    };
    for (let i = 0; i < count; i++) own.streams[i] = streams[i] ?? i;
    const { draws, rewards, terminations, observations, actions, actionMasks, spawned } = own;
    const params = unprefixed('params.', this.columns) as Record<string, Float64Array>;
    for (const [name, value] of Object.entries(env.params ?? {})) params[name].fill(value as number);
    this.#context = {
      state: unprefixed('state.', this.columns) as EnvContext['state'],
      params,
      rng: new RowRandom(seed, purposes.env, draws, own.streams),
      ...{ actions, rewards, terminations, observations, actionMasks, spawned },
    };
  }

  /** @throws EnvError if the env throws; the other methods too */
  reset(i: number): void {
    this.#call('reset', i, () => this.env.reset(this.#context, i));
  }

  /** Begins a new episode for the agent of a row. */
  spawn(row: number): void {
    this.#call('spawn', this.worldOf(row), () => this.env.spawn?.(this.#context, row));
  }

  step(from: number, to: number): void {
    const { agents } = this;
    const { rewards, terminations } = this.columns;
    rewards.fill(UNWRITTEN.reward, from * agents, to * agents);
    terminations.fill(UNWRITTEN.termination, from * agents, to * agents);
    this.#call('step', from, () => this.env.step(this.#context, from, to));
  }

  /** Writes what the worlds show and allow. */
  observe(from = 0, to = this.count): void {
    this.#call('observe', from, () => this.env.observe(this.#context, from, to));
    this.#call('actionMask', from, () => this.env.actionMask?.(this.#context, from, to));
  }

  /** Tells an agent the allowed action that a number stands for; returns it. */
  act(row: number, draw: number): readonly number[] {
    const { chooser, env } = this;
    const masks = env.actionMask ? this.columns.actionMasks : undefined;
    const action = chooser.choose(draw, masks, row * chooser.choices);
    this.tell(row, action);
    return action;
  }

  /** Tells an agent an action: indices of choices, or floats. */
  tell(row: number, action: readonly number[]): void {
    this.columns.actions.set(this.chooser.valueOf(action), row * this.chooser.width);
  }

  worldOf(row: number): number {
    return Math.floor(row / this.agents);
  }

  /** Where a row is, for messages: `world 2, agent[3]`. */
  nameOf(row: number): string {
    const world = `world ${this.worldOf(row)}`;
    return this.agents > 1 ? `${world}, agent[${row % this.agents}]` : world;
  }

  /** A field of a row's in its world's frame: `agent[3].reward`. */
  fieldOf(row: number, field: string): string {
    return this.agents > 1 ? `agent[${row % this.agents}].${field}` : field;
  }

  /** A copy of a world's part of a column. */
  of(name: string, world: number): Column {
    const width = this.widths[name];
    return this.columns[name].slice(world * width, (world + 1) * width);
  }

  /** A copy of an agent's part of a column that has a part for each. */
  ofRow(name: string, row: number): Column {
    const width = this.widths[name] / this.agents;
    return this.columns[name].slice(row * width, (row + 1) * width);
  }

  /**
   * What a world shows, and how much it has drawn.
   *
   * @param came what else there is to tell of a row
   */
  shown(world: number, came?: (row: number) => Frame): Frame {
    const rows = Array.from({ length: this.agents }, (_, agent) => {
      const row = world * this.agents + agent;
      const mask = this.env.actionMask ? { actionMask: this.ofRow('actionMasks', row) } : {};
      return { observation: this.ofRow('observations', row), ...mask, ...came?.(row) };
    });
    return { ...framesOfRows([['agent', rows]]), draws: this.columns.draws[world] };
  }

  /** Copies of all columns. */
  save(): Readonly<Record<string, Column>> {
    return Object.fromEntries(Object.entries(this.columns).map(([name, column]) => [name, column.slice()]));
  }

  load(saved: Readonly<Record<string, Column>>): void {
    for (const [name, column] of Object.entries(saved)) this.columns[name].set(column);
  }

  #call(method: string, world: number, call: () => void): void {
    try {
      call();
    } catch (error) {
      const problem = `${method} threw: ${error instanceof Error ? error.message : String(error)}`;
      throw new EnvError(this.env.id, world, this.t, problem, { cause: error });
    }
  }
}

function specsOf(env: ColumnarEnv, count: number, { width, choices }: Chooser): ColumnSpecs {
  const observation = layout(env.observation);
  const rows = rowsOf(env, count);
  return {
    ...stateColumns(env, count),
    ...paramColumns(env, count),
    draws: ['u32', count],
    streams: ['u32', count],
    actions: [choices > 0 ? 'i32' : 'f32', rows * width],
    rewards: ['f32', rows],
    terminations: ['u8', rows],
    observations: [observation.dtype, rows * observation.width],
    actionMasks: ['u8', env.actionMask ? rows * choices : 0],
    spawned: ['u8', env.spawn ? rows : 0],
  };
}
