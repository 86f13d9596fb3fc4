import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stochastic } from '../../envs/stochastic.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { between } from './between.ts';
import { assertLearnt } from './learns.ts';
import { play } from './play.ts';

const STEPS = 8;
const sequences = 1 << STEPS;

/** The returns of all sequences of actions; bit t of a sequence is its action at step t. */
function returnsOf(probability: number): Float64Array {
  const act = ({ state }: { state: Readonly<Record<string, ArrayLike<number>>> }, i: number) =>
    (i >> state.elapsed[i]) & 1;
  const { returns, lengths } = play(stochastic, sequences, act, { probability });
  assert.ok(lengths.every((length) => length === STEPS));
  return returns;
}

/** What is to be expected of who harvests with probability q at every step. */
function expected(returns: Float64Array, q: number): number {
  return returns.reduce((sum, value, sequence) => {
    let p = 1;
    for (let t = 0; t < STEPS; t++) p *= (sequence >> t) & 1 ? 1 - q : q;
    return sum + p * value;
  }, 0);
}

describe('stochastic', () => {
  it('is worth 1 − (q / p − 1)² to who harvests with probability q', () => {
    fc.assert(
      fc.property(between(0.1, 1), between(0, 1), (p, q) => {
        const worth = 1 - (q / p - 1) ** 2;
        assert.ok(Math.abs(expected(returnsOf(p), q) - worth) < 1e-5 * (1 + Math.abs(worth)));
      }),
    );
  });

  it('is solved by the stochastic optimum, and by neither deterministic policy', () => {
    const returns = returnsOf(0.75);
    const solves = (q: number) => expected(returns, q) >= stochastic.threshold!;
    assert.deepEqual([0, 0.5, 0.61, 0.75, 0.89, 1].map(solves), [false, false, true, true, true, false]);
    assert.ok(Math.abs(Math.max(...returns) - 1.048) < 5e-4, 'who counts the steps');
  });

  it('refuses what is no probability', () => {
    for (const probability of [0, 1.1]) {
      const open = () => vectorize(stochastic, { numEnvs: 1, seed: 0, params: { probability } });
      assert.throws(open, /Stochastic-v0, env 0.*probability: expected a number in \(0, 1\]/);
    }
  });

  it('is learnt by PPO', () => assertLearnt(stochastic));
});
