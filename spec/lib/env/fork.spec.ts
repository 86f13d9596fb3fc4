import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blackjack } from '../../../envs/blackjack.ts';
import { corridor } from '../../../envs/corridor.ts';
import { mine } from '../../../envs/mine.ts';
import { taxi } from '../../../envs/taxi.ts';
import { turnstile } from '../../../envs/turnstile.ts';
import type { Column } from '../../../lib/arena.ts';
import type { AnyEnv, ColumnarEnv } from '../../../lib/env/env.ts';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Json } from '../../../lib/nouns.ts';
import { Random } from '../../../lib/random.ts';
import { act, choose, seeds } from './act.ts';
import { wander } from './wander.ts';

/** Everything that is saved of a world, and what its last step gave. */
function world(envs: VectorEnvs, i: number): unknown {
  const { tensors, values } = envs.save();
  const { recentReturns, recentLengths, ...own } = tensors;
  const part = (column: Column) => {
    const width = column.length / envs.numEnvs;
    return [...column.subarray(i * width, (i + 1) * width)];
  };
  const columns = Object.values(own).map(({ data }) => part(data));
  const instance = (values.worlds as readonly Json[] | undefined)?.[i];
  const outcomes = envs.groups.flatMap(({ rewards, terminations, truncations }) =>
    [rewards, terminations, truncations].map(part),
  );
  return [[columns, instance], outcomes];
}

const saved = (envs: VectorEnvs, i: number) => (world(envs, i) as unknown[])[0];

/** Takes a step in which some worlds act as world `from` does. */
function actAlike(envs: VectorEnvs, from: number, to: readonly number[], random: Random): void {
  choose(envs, random);
  for (const { actions } of envs.groups) {
    const width = actions.length / envs.numEnvs;
    for (const i of to) actions.copyWithin(i * width, from * width, (from + 1) * width);
  }
  envs.advance();
}

/** Some of its short episodes end early, so that its worlds are soon at different steps of them. */
const hasty: ColumnarEnv = { ...wander, maxEpisodeSteps: 4, params: { drag: 0.5, reach: 1.5 } };

const cases = fc.record({
  env: fc.constantFrom<AnyEnv>(hasty, corridor, taxi, blackjack, turnstile, mine),
  autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
  seed: seeds,
  before: fc.nat(30),
  from: fc.nat(5),
  to: fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
});

describe('fork', () => {
  it('makes worlds of the same bytes that go on equal, random draws included; the others stay as they were', () => {
    fc.assert(
      fc.property(cases, ({ env, autoreset, seed, before, from, to }) => {
        const [forked, left] = [0, 1].map(() => vectorize(env, { numEnvs: 6, seed, autoreset }));
        for (const envs of [forked, left]) act(envs, before, 1);
        forked.fork(from, to);
        const same = (i: number) => i === from || to.includes(i);
        for (let i = 0; i < 6; i++) assert.deepEqual(world(forked, i), world(left, same(i) ? from : i));
        const [random, again] = [new Random(2), new Random(2)];
        for (let k = 0; k < 25; k++) {
          actAlike(forked, from, to, random);
          choose(left, again);
          // What the others do there is their own matter.
          for (const [g, { actions }] of left.groups.entries()) {
            for (let row = 0; row < actions.length; row++) {
              const i = Math.floor((row * 6) / actions.length);
              if (i === from || !same(i)) actions[row] = forked.groups[g].actions[row];
            }
          }
          left.advance();
          for (let i = 0; i < 6; i++)
            assert.deepEqual(world(forked, i), world(left, same(i) ? from : i), `world ${i}, step ${k}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves a fork alone when the world it came from goes another way', () => {
    const envs = vectorize(wander, { numEnvs: 3, seed: 1 });
    act(envs, 5, 1);
    envs.fork(0, [1, 2]);
    envs.actions.set([0, 1, 1]);
    envs.advance();
    assert.notDeepEqual(saved(envs, 0), saved(envs, 1));
    assert.deepEqual(saved(envs, 1), saved(envs, 2));
  });

  it('with streams of their own, forks draw differently from one another and from where they come from', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ seed, before, from, to }, twice) => {
        const envs = vectorize(wander, { numEnvs: 6, seed });
        act(envs, before, 1);
        envs.fork(from, [0, 1, 2, 3, 4, 5]);
        if (twice) envs.fork(to[0], [1, 4], { ownStreams: true });
        envs.fork(from, to, { ownStreams: true });
        const { streams } = envs.save().tensors;
        const others = [from, ...to].filter((i, k, all) => all.indexOf(i) === k);
        assert.equal(new Set(others.map((i) => streams.data[i])).size, others.length);
        // Until one ends they do the same, and a draw enters each step's speed.
        for (let k = 0; k < 3; k++) actAlike(envs, from, to, new Random(k));
        const { x } = envs.state;
        assert.equal(new Set(others.map((i) => x[i])).size, others.length);
      }),
    );
  });

  it('refuses what is no world, and changes nothing', () => {
    const envs = vectorize(wander, { numEnvs: 3, seed: 1 });
    const before = envs.save();
    for (const [from, to] of [
      [3, [0]],
      [0, [1, -1]],
      [0.5, [1]],
      [0, [1, 3]],
      [Number.NaN, []],
    ] as const)
      assert.throws(() => envs.fork(from, to), {
        name: 'RangeError',
        message: /^fork: expected worlds in \[0, 3\), got/,
      });
    assert.deepEqual(envs.save(), before);
  });
});
