import type { Column, ColumnType } from '../arena.ts';
import type { RowRandom } from '../rng.ts';
import type { Box } from '../space/box.ts';
import type { Discrete } from '../space/discrete.ts';
import { isBig } from '../space/dtype.ts';
import { leavesOf } from '../space/leaves.ts';
import type { MultiBinary } from '../space/multiBinary.ts';
import type { MultiDiscrete } from '../space/multiDiscrete.ts';
import type { Dict, Space, Tuple } from '../space/space.ts';
import { checkHead, checkKeys, type EnvHead, isNumber } from './head.ts';
import { checkStateSpec, type StateColumns, type StateSpec } from './stateSpec.ts';
import type { StructuredEnv } from './structured.ts';

/** Parameters of a world and their defaults. */
export type ParamSpec = Readonly<Record<string, number>>;

export type ParamColumns<P extends ParamSpec> = { readonly [K in keyof P]: Float64Array };

/** The element type of what a space's leaves are stored as. */
export type DtypeOf<S> =
  S extends Box<infer D>
    ? D
    : S extends Discrete | MultiDiscrete
      ? 'i32'
      : S extends MultiBinary
        ? 'i8'
        : S extends Tuple<infer T>
          ? number extends T['length']
            ? ColumnType
            : DtypeOf<T[number]>
          : S extends Dict<infer F>
            ? string extends keyof F
              ? ColumnType
              : DtypeOf<F[keyof F]>
            : never;

/** The column of a space's values: [N, width], width being the elements of a value, nested ones in order. */
export type SpaceColumn<S extends Space> = Column<Extract<DtypeOf<S>, ColumnType>>;
/** Continuous actions are f32, all others i32. */
export type ActionColumn<A extends Space> = A extends Box ? Float32Array : Int32Array;

/** What an env reads and writes, over all its worlds. Reused from step to step. */
export interface EnvContext<
  S extends StateSpec = StateSpec,
  P extends ParamSpec = ParamSpec,
  O extends Space = Space,
  A extends Space = Space,
> {
  readonly state: StateColumns<S>;
  /** One column a parameter: a value per world. */
  readonly params: ParamColumns<P>;
  /** A random stream per world. */
  readonly rng: RowRandom;
  /** [N], or [N, K] where the action has K elements: values of the action space */
  readonly actions: ActionColumn<A>;
  /** [N] to be written by `step` */
  readonly rewards: Float32Array;
  /** [N] to be written by `step`: 1 where the episode ends for good, else 0 */
  readonly terminations: Uint8Array;
  /** [N, O] to be written by `observe` */
  readonly observations: SpaceColumn<O>;
  /** [N, C] to be written by `actionMask`: for each of the action's choices 1 (allowed) or 0 */
  readonly actionMasks: Uint8Array;
  /** [N] where worlds have several agents: 1 where `spawn` has just been called; `step` is to move nothing there, and to write reward and termination 0 */
  readonly spawned: Uint8Array;
}

/** A picture of a world. */
export interface Render<S extends StateSpec, P extends ParamSpec, O extends Space, A extends Space> {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Draws world i: RGB bytes [height, width, 3] from the top left, all of which it writes. */
  draw(context: EnvContext<S, P, O, A>, i: number, frame: Uint8Array): void;
}

/** A form of an env's functions that is bound to the memory which the columns of a context live in. */
export interface EnvKernel<S extends StateSpec, P extends ParamSpec, O extends Space, A extends Space> {
  /**
   * Acts in worlds from … to − 1. Where there is a `reset` it may be given worlds at their end, unlike the env's own,
   * and is told of their resets then: one call for all is cheaper than one for each run of live ones. What it writes for
   * those is not read, but it must not draw for them.
   */
  step(context: EnvContext<S, P, O, A>, from: number, to: number): void;
  observe(context: EnvContext<S, P, O, A>, from: number, to: number): void;
  /** Begins new episodes in worlds first + list[0 … count − 1], in this order; without it the env's own does so. */
  reset?(context: EnvContext<S, P, O, A>, first: number, list: Int32Array, count: number): void;
}

/**
 * A columnar env: its state is columns over all worlds, and it owns the loop over its rows. Autoreset, time limits,
 * episode statistics and saving are done around it.
 *
 * Where worlds have several agents, N is worlds × agents: agent a of world w has row w · agents + a in `actions`,
 * `rewards`, `terminations`, `observations`, `actionMasks` and `spawned`; `params`, `rng` and the state have an element
 * for each world, or for each agent where a state column says so. `reset`, `step`, `observe` and `actionMask` are given
 * worlds.
 */
export interface EnvDefinition<
  S extends StateSpec = StateSpec,
  P extends ParamSpec = ParamSpec,
  O extends Space = Space,
  A extends Space = Space,
> extends EnvHead {
  /** Its leaves share one element type, which is that of the column `observations`. */
  readonly observation: O;
  /** A Box of f32, or Discrete, MultiDiscrete and MultiBinary, also in Dicts and Tuples. */
  readonly action: A;
  readonly params?: P;
  readonly state: S;
  /** Agents in each world; by default 1. */
  readonly agents?: number;
  /** Begins a new episode in world i, for all its agents. */
  reset(context: EnvContext<S, P, O, A>, i: number): void;
  /** Acts in worlds from … to − 1, none of which is at its end; writes every reward and termination. */
  step(context: EnvContext<S, P, O, A>, from: number, to: number): void;
  /** Writes what worlds from … to − 1 show, from their state and parameters alone. */
  observe(context: EnvContext<S, P, O, A>, from: number, to: number): void;
  /** Writes which choices worlds from … to − 1 allow now; each must allow one at least. A forbidden action never reaches `step` in a vector; `pufferflow check` asks that `step` refuses it, or lets it change nothing. */
  actionMask?(context: EnvContext<S, P, O, A>, from: number, to: number): void;
  /** Begins a new episode for the agent of a row, in its world as it is; needed where worlds have several agents. */
  spawn?(context: EnvContext<S, P, O, A>, row: number): void;
  /** What an episode is judged by besides its return, by name: read for row i when its episode has just ended. */
  readonly scores?: Readonly<Record<string, (context: EnvContext<S, P, O, A>, i: number) => number>>;
  readonly render?: Render<S, P, O, A>;
  /** The same env once more in WebAssembly, bit for bit, over the columns in that memory, `list` included. */
  kernel?(memory: WebAssembly.Memory): EnvKernel<S, P, O, A>;
}

/** Any columnar env, its own types forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: an env's context is exact to itself and opaque to everybody else
export type ColumnarEnv = EnvDefinition<any, any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type ColumnarKernel = EnvKernel<any, any, any, any>;
/** Any env, its own types forgotten. */
export type AnyEnv = ColumnarEnv | StructuredEnv;

const KEYS = [
  ...['id', 'observation', 'action', 'maxEpisodeSteps', 'threshold', 'module', 'params', 'state', 'agents'],
  ...['reset', 'step', 'observe', 'actionMask', 'spawn', 'scores', 'render', 'kernel'],
];

/**
 * Checks and returns a columnar env; infers the types of its spaces, state and parameters.
 *
 * @throws TypeError or RangeError naming what is missing or out of range
 */
export function defineEnv<
  O extends Space,
  A extends Space,
  const S extends StateSpec,
  const P extends ParamSpec = Record<never, number>,
>(definition: EnvDefinition<S, P, O, A>): EnvDefinition<S, P, O, A> {
  const { id, observation, action, agents = 1, scores = {}, render } = definition;
  checkHead('defineEnv', definition);
  checkKeys('defineEnv', id, definition, KEYS);
  checkSpace(id, 'observation', observation);
  checkSpace(id, 'action', action);
  for (const name of ['reset', 'step', 'observe'] as const) {
    if (typeof definition[name] !== 'function')
      throw new TypeError(`defineEnv ${id}: ${name} must be a function`);
  }
  for (const name of ['actionMask', 'spawn', 'kernel'] as const) {
    if (definition[name] !== undefined && typeof definition[name] !== 'function')
      throw new TypeError(`defineEnv ${id}: ${name} must be a function`);
  }
  if (!(Number.isInteger(agents) && agents > 0))
    throw new RangeError(`defineEnv ${id}: agents must be a positive integer, got ${agents}`);
  if (agents > 1 && !definition.spawn)
    throw new TypeError(`defineEnv ${id}: spawn must be a function where worlds have several agents`);
  for (const [name, score] of Object.entries(scores)) {
    if (typeof score !== 'function')
      throw new TypeError(`defineEnv ${id}: scores.${name} must be a function`);
  }
  if (render !== undefined) checkRender(id, render);
  for (const [name, value] of Object.entries(definition.params ?? {})) {
    if (!isNumber(value))
      throw new TypeError(`defineEnv ${id}: params.${name} must be a number, got ${value}`);
  }
  checkStateSpec(id, definition.state);
  return definition;
}

function checkRender(id: string, { width, height, draw }: Render<StateSpec, ParamSpec, Space, Space>): void {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!(Number.isInteger(size) && size > 0))
      throw new RangeError(`defineEnv ${id}: render.${name} must be a positive integer, got ${size}`);
  }
  if (typeof draw !== 'function') throw new TypeError(`defineEnv ${id}: render.draw must be a function`);
}

function checkSpace(id: string, name: string, space: Space): void {
  if (typeof space?.problem !== 'function') throw new TypeError(`defineEnv ${id}: ${name} must be a space`);
  const leaves = leavesOf(space);
  const dtypes = [...new Set(leaves.map(({ dtype }) => dtype))];
  if (name === 'observation' && (dtypes.length > 1 || isBig(dtypes[0]))) {
    throw new TypeError(
      `defineEnv ${id}: the leaves of a columnar env's observation must share one element type of at most 32 bits or f64, got ${dtypes.join(', ')}`,
    );
  }
  const continuous = leaves.some(({ space }) => space.type === 'Box');
  if (name === 'action' && continuous && !(space.type === 'Box' && space.dtype === 'f32')) {
    throw new TypeError(
      `defineEnv ${id}: action must be a Box of f32, or consist of Discrete, MultiDiscrete and MultiBinary`,
    );
  }
}
