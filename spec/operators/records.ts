import fc from 'fast-check';
import { Arena, bytesOf } from '../../lib/arena.ts';
import type { Bootstrapped, Estimate, Transition } from '../../lib/records.ts';

/** A transition of N rows whose every number tells t and row. */
export function transition(t: number, rows = 2, size = 1): Transition {
  const column = (value: (row: number) => number) =>
    Float32Array.from({ length: rows }, (_, row) => value(row));
  return {
    kind: 'transition',
    t,
    observations: Float32Array.from({ length: rows * size }, (_, i) => 100 * t + i),
    actions: Int32Array.from({ length: rows }, (_, row) => t + row),
    logProbs: column((row) => -t - row),
    values: column((row) => t + row / 10),
    rewards: column((row) => 10 * t + row),
    terminations: new Uint8Array(rows),
    truncations: new Uint8Array(rows),
    masks: new Float32Array(rows).fill(1),
    nextObservations: Float32Array.from({ length: rows * size }, (_, i) => 100 * (t + 1) + i),
  };
}

export interface RolloutData {
  readonly steps: number;
  readonly rows: number;
  readonly rewards: readonly number[];
  readonly values: readonly number[];
  readonly terminations: readonly number[];
  readonly truncations: readonly number[];
  readonly masks: readonly number[];
  /** None: the rollout has no such column. */
  readonly ratios?: readonly number[];
  readonly weights?: readonly number[];
}

/** Small rollouts of any form. */
export function rollouts(): fc.Arbitrary<RolloutData> {
  return fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })).chain(([steps, rows]) => {
    const many = <T>(item: fc.Arbitrary<T>, length: number) =>
      fc.array(item, { minLength: length, maxLength: length });
    const number = fc.float({ min: -10, max: 10, noNaN: true });
    const rare = fc.integer({ min: 0, max: 4 }).map((roll) => +(roll === 0));
    const often = fc.integer({ min: 0, max: 4 }).map((roll) => +(roll > 0));
    const size = steps * rows;
    return fc.record({
      steps: fc.constant(steps),
      rows: fc.constant(rows),
      rewards: many(number, size),
      values: many(number, size + rows),
      terminations: many(rare, size),
      truncations: many(rare, size),
      masks: many(often, size),
    });
  });
}

/** The data as a record in an arena of its own. */
export function inArena(data: RolloutData): Bootstrapped & Pick<Estimate, 'advantages' | 'returns'> {
  const { steps, rows } = data;
  const size = steps * rows;
  const specs = {
    rewards: ['f32', size],
    values: ['f32', size + rows],
    terminations: ['u8', size],
    truncations: ['u8', size],
    masks: ['f32', size],
    advantages: ['f32', size],
    returns: ['f32', size],
    order: ['u32', size],
    ratios: ['f32', size],
    weights: ['f32', size],
  } as const;
  const { ratios, weights, ...columns } = new Arena(bytesOf(specs)).take(specs);
  ratios.set(data.ratios ?? []);
  weights.set(data.weights ?? []);
  columns.rewards.set(data.rewards);
  columns.values.set(data.values);
  columns.terminations.set(data.terminations);
  columns.truncations.set(data.truncations);
  columns.masks.set(data.masks);
  const none = new Float32Array(0);
  return {
    kind: 'bootstrapped',
    steps,
    rows,
    t: 0,
    until: steps,
    began: 0,
    ended: 0,
    release() {},
    observations: none,
    actions: new Int32Array(0),
    logProbs: none,
    nextObservations: none,
    ...columns,
    ...(data.ratios && { ratios }),
    ...(data.weights && { weights }),
  };
}
