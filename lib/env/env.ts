import { type Column, type ColumnType, columnTypes } from '../arena.ts';
import type { RowRandom } from '../rng.ts';
import type { Box } from '../space/box.ts';
import type { Discrete } from '../space/discrete.ts';

/** State columns: name → element type, or [element type, elements per world]. */
export type StateSpec = Readonly<Record<string, ColumnType | readonly [ColumnType, number]>>;
/** Parameters of a world and their defaults. */
export type ParamSpec = Readonly<Record<string, number>>;

export type StateColumns<S extends StateSpec> = {
  readonly [K in keyof S]: S[K] extends readonly [infer T extends ColumnType, number]
    ? Column<T>
    : S[K] extends ColumnType
      ? Column<S[K]>
      : never;
};
export type ParamColumns<P extends ParamSpec> = { readonly [K in keyof P]: Float64Array };

/** What an env reads and writes, over all its worlds. Reused from step to step. */
export interface EnvContext<S extends StateSpec = StateSpec, P extends ParamSpec = ParamSpec> {
  readonly state: StateColumns<S>;
  /** One column a parameter: a value per world. */
  readonly params: ParamColumns<P>;
  /** A random stream per world. */
  readonly rng: RowRandom;
  /** [N] */
  readonly actions: Int32Array;
  /** [N] to be written by `step` */
  readonly rewards: Float32Array;
  /** [N] to be written by `step`: 1 where the episode ends for good, else 0 */
  readonly terminations: Uint8Array;
  /** [N, O] to be written by `observe` */
  readonly observations: Float32Array;
}

/**
 * A columnar env: its state is columns over all worlds, and it owns the loop over its rows. Autoreset, time limits,
 * episode statistics and saving are done around it.
 */
export interface EnvDefinition<S extends StateSpec = StateSpec, P extends ParamSpec = ParamSpec> {
  /** Gymnasium's form, Name-v0. */
  readonly id: string;
  readonly observation: Box;
  readonly action: Discrete;
  /** Steps after which an episode is truncated; absent: never. */
  readonly maxEpisodeSteps?: number;
  /** The mean return at which the env counts as solved, where the field has agreed on one. */
  readonly threshold?: number;
  readonly params?: P;
  readonly state: S;
  /** Begins a new episode in world i. */
  reset(context: EnvContext<S, P>, i: number): void;
  /** Acts in worlds from … to − 1, none of which is at its end; writes every reward and termination. */
  step(context: EnvContext<S, P>, from: number, to: number): void;
  /** Writes what worlds from … to − 1 show. */
  observe(context: EnvContext<S, P>, from: number, to: number): void;
}

/** Any env, its own types forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: an env's context is exact to itself and opaque to everybody else
export type AnyEnv = EnvDefinition<any, any>;

/**
 * Checks and returns a columnar env; infers the types of its state and parameters.
 *
 * @throws TypeError or RangeError naming what is missing or out of range
 */
export function defineEnv<const S extends StateSpec, const P extends ParamSpec = Record<never, number>>(
  definition: EnvDefinition<S, P>,
): EnvDefinition<S, P> {
  const { id, observation, action, maxEpisodeSteps, threshold } = definition;
  if (typeof id !== 'string' || !/^[\w./-]+-v\d+$/.test(id)) {
    throw new TypeError(`defineEnv: id must be of the form Name-v0, got ${JSON.stringify(id)}`);
  }
  if (observation?.type !== 'Box') throw new TypeError(`defineEnv ${id}: observation must be a Box`);
  if (action?.type !== 'Discrete') throw new TypeError(`defineEnv ${id}: action must be a Discrete`);
  for (const name of ['reset', 'step', 'observe'] as const) {
    if (typeof definition[name] !== 'function')
      throw new TypeError(`defineEnv ${id}: ${name} must be a function`);
  }
  if (maxEpisodeSteps !== undefined && !(Number.isInteger(maxEpisodeSteps) && maxEpisodeSteps > 0)) {
    throw new RangeError(
      `defineEnv ${id}: maxEpisodeSteps must be a positive integer, got ${maxEpisodeSteps}`,
    );
  }
  if (threshold !== undefined && !isNumber(threshold)) {
    throw new TypeError(`defineEnv ${id}: threshold must be a number, got ${threshold}`);
  }
  for (const [name, value] of Object.entries(definition.params ?? {})) {
    if (!isNumber(value))
      throw new TypeError(`defineEnv ${id}: params.${name} must be a number, got ${value}`);
  }
  checkState(id, definition.state);
  return definition;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

function checkState(id: string, state: unknown): void {
  if (typeof state !== 'object' || state === null)
    throw new TypeError(`defineEnv ${id}: state must be an object of columns`);
  const known = columnTypes as readonly unknown[];
  for (const [name, spec] of Object.entries(state)) {
    const [type, width] = Array.isArray(spec) ? spec : [spec, 1];
    if (!(known.includes(type) && Number.isInteger(width) && width > 0)) {
      const got = JSON.stringify(spec);
      throw new TypeError(
        `defineEnv ${id}: state.${name} must be one of ${known.join(', ')}, or [type, width], got ${got}`,
      );
    }
  }
}
