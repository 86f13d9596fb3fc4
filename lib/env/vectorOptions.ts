import type { ColumnarEnv } from './env.ts';

/**
 * What happens to a row whose episode has ended. NEXT_STEP (Gymnasium's default): its last observation is an ordinary
 * row; the step after ignores the action, resets and has mask 0. SAME_STEP: it is reset at once, and the last
 * observation is kept in `finalObservations`.
 */
export type Autoreset = 'NEXT_STEP' | 'SAME_STEP';

export interface VectorOptions {
  /** Worlds: each has a row for every agent it may have. */
  readonly numEnvs: number;
  readonly seed: number;
  readonly autoreset?: Autoreset;
  /** Cut continuous actions to the bounds of their Box before the env is told; transitions keep them as they were. */
  readonly clipActions?: boolean;
  /** Values for some of the env's parameters, the same in all worlds. */
  readonly params?: Readonly<Record<string, number>>;
}

export interface ForkOptions {
  /** The forks draw random numbers of their own from here on; by default the same as the world they come from. */
  readonly ownStreams?: boolean;
}

/** @throws RangeError naming what is none of the worlds */
export function checkForked(numEnvs: number, worlds: readonly number[]): void {
  for (const world of worlds) {
    if (!(Number.isInteger(world) && world >= 0 && world < numEnvs))
      throw new RangeError(`fork: expected worlds in [0, ${numEnvs}), got ${world}`);
  }
}

/** @throws RangeError or TypeError naming the option that is out of range, or a parameter that the env has not */
export function checkOptions(
  env: Pick<ColumnarEnv, 'id' | 'params'>,
  { numEnvs, autoreset = 'NEXT_STEP', params = {} }: VectorOptions,
): void {
  if (!(Number.isInteger(numEnvs) && numEnvs > 0)) {
    throw new RangeError(`vectorize: numEnvs must be a positive integer, got ${numEnvs}`);
  }
  if (autoreset !== 'NEXT_STEP' && autoreset !== 'SAME_STEP') {
    throw new RangeError(`vectorize: autoreset must be NEXT_STEP or SAME_STEP, got ${autoreset}`);
  }
  const known = Object.keys(env.params ?? {});
  for (const [name, value] of Object.entries(params)) {
    if (!known.includes(name)) {
      throw new TypeError(`vectorize ${env.id}: unknown parameter ${name}; it has [${known.join(', ')}]`);
    }
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new TypeError(`vectorize ${env.id}: params.${name} must be a number, got ${value}`);
  }
}
