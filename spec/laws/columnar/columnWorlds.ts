import type { Column, ColumnSpecs } from '../../../lib/arena.ts';
import type { ColumnarEnv, EnvContext } from '../../../lib/env/env.ts';
import { paramColumns, stateColumns } from '../../../lib/env/envColumns.ts';
import { EnvError } from '../../../lib/errors.ts';
import { unprefixed } from '../../../lib/restore.ts';
import { purposes, RowRandom } from '../../../lib/rng.ts';
import { layout } from '../../../lib/space/layout.ts';
import { Chooser } from '../chooser.ts';
import { columns } from '../memory.ts';
import type { Frame } from '../story.ts';

/** What stands in `rewards` and `terminations` before a step: whatever is still there has not been written. */
export const UNWRITTEN = { reward: Math.fround(1.2345e30), termination: 231 } as const;

/**
 * Worlds of a columnar env with nothing around them: its methods are called as the law wants them to be. Nothing is
 * checked here.
 */
export class ColumnWorlds {
  readonly env: ColumnarEnv;
  readonly count: number;
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
    const { draws, rewards, terminations, observations, actions, actionMasks } = own;
    const params = unprefixed('params.', this.columns) as Record<string, Float64Array>;
    for (const [name, value] of Object.entries(env.params ?? {})) params[name].fill(value as number);
    this.#context = {
      state: unprefixed('state.', this.columns) as EnvContext['state'],
      params,
      rng: new RowRandom(seed, purposes.env, draws, own.streams),
      spawned: new Uint8Array(count),
      ...{ actions, rewards, terminations, observations, actionMasks },
    };
  }

  /** @throws EnvError if the env throws; the other methods too */
  reset(i: number): void {
    this.#call('reset', i, () => this.env.reset(this.#context, i));
  }

  step(from: number, to: number): void {
    const { rewards, terminations } = this.columns;
    rewards.fill(UNWRITTEN.reward, from, to);
    terminations.fill(UNWRITTEN.termination, from, to);
    this.#call('step', from, () => this.env.step(this.#context, from, to));
  }

  /** Writes what the worlds show and allow. */
  observe(from = 0, to = this.count): void {
    this.#call('observe', from, () => this.env.observe(this.#context, from, to));
    this.#call('actionMask', from, () => this.env.actionMask?.(this.#context, from, to));
  }

  /** Tells a world the allowed action that a number stands for; returns it. */
  act(world: number, draw: number): readonly number[] {
    const { chooser, env } = this;
    const masks = env.actionMask ? this.columns.actionMasks : undefined;
    const action = chooser.choose(draw, masks, world * chooser.choices);
    this.tell(world, action);
    return action;
  }

  /** Tells a world an action: indices of choices, or floats. */
  tell(world: number, action: readonly number[]): void {
    this.columns.actions.set(this.chooser.valueOf(action), world * this.chooser.width);
  }

  /** A copy of a world's part of a column. */
  of(name: string, world: number): Column {
    const width = this.widths[name];
    return this.columns[name].slice(world * width, (world + 1) * width);
  }

  /** What a world shows, and how much it has drawn. */
  shown(world: number): Frame {
    const { actionMask } = this.env;
    const mask = actionMask ? { actionMask: this.of('actionMasks', world) } : {};
    return { observation: this.of('observations', world), ...mask, draws: this.columns.draws[world] };
  }

  /** Copies of all columns. */
  save(): Readonly<Record<string, Column>> {
    return Object.fromEntries(Object.entries(this.columns).map(([name, column]) => [name, column.slice()]));
  }

  load(saved: Readonly<Record<string, Column>>): void {
    for (const [name, column] of Object.entries(saved)) this.columns[name].set(column);
  }

  #call(method: string, row: number, call: () => void): void {
    try {
      call();
    } catch (error) {
      const problem = `${method} threw: ${error instanceof Error ? error.message : String(error)}`;
      throw new EnvError(this.env.id, row, this.t, problem, { cause: error });
    }
  }
}

function specsOf(env: ColumnarEnv, count: number, { width, choices }: Chooser): ColumnSpecs {
  const observation = layout(env.observation);
  return {
    ...stateColumns(env, count),
    ...paramColumns(env, count),
    draws: ['u32', count],
    streams: ['u32', count],
    actions: [choices > 0 ? 'i32' : 'f32', count * width],
    rewards: ['f32', count],
    terminations: ['u8', count],
    observations: [observation.dtype, count * observation.width],
    actionMasks: ['u8', env.actionMask ? count * choices : 0],
  };
}
