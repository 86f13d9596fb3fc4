import fc from 'fast-check';
import type { Column } from '../../lib/arena.ts';
import type { Decision, Observation, Transition } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Space } from '../../lib/space/space.ts';
import { valuesOf } from './arbitraries.ts';
import { Chooser } from './chooser.ts';
import { columns } from './memory.ts';

export interface BatchOptions {
  /** N: 3. */
  readonly rows?: number;
  /** What the rows show: Box(2). */
  readonly observation?: Space;
  /** What the rows do: Discrete(3). */
  readonly action?: Space;
  /** Records of a sequence at most: 6. */
  readonly most?: number;
}

/** Observations of consecutive steps, in columns of an arena. */
export function observations(options: BatchOptions = {}): fc.Arbitrary<Observation[]> {
  return transitions(options).map((all) =>
    all.map(({ t, observations }) => ({ kind: 'observation', t, observations })),
  );
}

/** Decisions of consecutive steps. */
export function decisions(options: BatchOptions = {}): fc.Arbitrary<Decision[]> {
  return transitions(options).map((all) =>
    all.map(({ t, observations, actions, logProbs, values }) => ({
      ...{ kind: 'decision', t, observations, actions, logProbs, values },
    })),
  );
}

/** Aligned transitions of consecutive steps; some of their rows end, and some are not to be learned from. */
export function transitions(options: BatchOptions = {}): fc.Arbitrary<Transition[]> {
  const { rows = 3, observation = box(-1, 1, [2]), action = discrete(3), most = 6 } = options;
  const each = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: rows, maxLength: rows });
  const number = fc.float({ min: -10, max: 10, noNaN: true });
  const flag = fc.nat(3).map((roll) => +(roll === 3));
  const shown = each(valuesOf(observation) as fc.Arbitrary<unknown>);
  const step = fc.record({
    shown,
    draws: each(fc.nat()),
    logProbs: each(number),
    values: each(number),
    rewards: each(number),
    terminations: each(flag),
    truncations: each(flag),
    masks: each(flag.map((roll) => 1 - roll)),
  });
  return fc
    .tuple(fc.nat(1000), fc.array(step, { minLength: 1, maxLength: most }), shown)
    .map(([first, steps, last]) => {
      const seen = [...steps.map((each) => each.shown), last].map((values) => packed(observation, values));
      return steps.map(
        (each, i): Transition => ({
          kind: 'transition',
          t: first + i,
          observations: seen[i],
          actions: chosen(action, each.draws),
          logProbs: Float32Array.from(each.logProbs),
          values: Float32Array.from(each.values),
          rewards: Float32Array.from(each.rewards),
          terminations: Uint8Array.from(each.terminations),
          truncations: Uint8Array.from(each.truncations),
          masks: Float32Array.from(each.masks),
          nextObservations: seen[i + 1],
        }),
      );
    });
}

function packed(space: Space, values: readonly unknown[]): Column {
  const { dtype, width, pack } = layout(space);
  const { column } = columns({ column: [dtype, values.length * width] });
  for (const [row, value] of values.entries()) pack(value, column, row);
  return column;
}

function chosen(space: Space, draws: readonly number[]): Int32Array | Float32Array {
  const chooser = new Chooser(space);
  const actions = draws.flatMap((draw) => chooser.choose(draw, undefined));
  return chooser.choices > 0 ? Int32Array.from(actions) : Float32Array.from(actions);
}
