import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole } from '../../envs/cartPole.ts';
import { corridor } from '../../envs/corridor.ts';
import type { Column } from '../../lib/arena.ts';
import { type ColumnarEnv, defineEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { loadAgent } from '../../lib/loadAgent.ts';
import { bytesOfAgent, randomAgent } from './agent.ts';

/** The first episode of each world, played by a loaded agent one row at a time. */
function oneByOne(env: ColumnarEnv, agent: (observation: Column) => number, episodes: number, seed: number) {
  const envs = vectorize(env, { numEnvs: episodes, seed });
  const { size } = env.observation;
  const returns = new Array(episodes).fill(0);
  const lengths = new Array(episodes).fill(0);
  const over = new Array(episodes).fill(false);
  while (over.includes(false)) {
    for (let i = 0; i < episodes; i++)
      envs.actions[i] = agent(envs.observations.subarray(i * size, (i + 1) * size));
    envs.advance();
    for (let i = 0; i < episodes; i++) {
      if (over[i]) continue;
      returns[i] += envs.rewards[i];
      lengths[i]++;
      over[i] = envs.terminations[i] + envs.truncations[i] > 0;
    }
  }
  return { returns, lengths };
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('evaluate', () => {
  it('is the mean over first episodes of what the loaded agent does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(cartPole, corridor),
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        (env, seed, episodes) => {
          const file = randomAgent(env, seed);
          const agent = loadAgent(bytesOfAgent(file));
          const { returns, lengths } = oneByOne(env, (seen) => agent.act(seen), episodes, seed);
          const result = evaluate(env, file, { episodes, seed });
          assert.equal(result.episodes, episodes);
          assert.ok(
            Math.abs(result.meanReturn - mean(returns)) < 1e-9 * Math.max(1, Math.abs(mean(returns))),
          );
          assert.equal(result.meanLength, mean(lengths));
          const deviation = Math.sqrt(mean(returns.map((value) => (value - mean(returns)) ** 2)));
          assert.ok(Math.abs(result.stdReturn - deviation) < 1e-6);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('does not count short episodes more often than long ones', () => {
    // World i ends after i + 1 steps; a world that were reset would play another one.
    const stairs = defineEnv({
      id: 'Stairs-v0',
      observation: corridor.observation,
      action: corridor.action,
      state: { t: 'i32' },
      reset({ state: { t } }, i) {
        t[i] = 0;
      },
      step({ state: { t }, rewards, terminations }, from, to) {
        for (let i = from; i < to; i++) {
          rewards[i] = 1;
          terminations[i] = +(++t[i] > i);
        }
      },
      observe({ observations }) {
        observations.fill(50);
      },
    });
    const result = evaluate(stairs, { ...randomAgent(corridor), env: stairs.id }, { episodes: 9, seed: 0 });
    assert.deepEqual(result, {
      episodes: 9,
      meanReturn: 5,
      meanLength: 5,
      meanScores: {},
      stdReturn: Math.sqrt(60 / 9),
      cut: 0,
    });
    const cut = evaluate(
      stairs,
      { ...randomAgent(corridor), env: stairs.id },
      { episodes: 9, seed: 0, maxSteps: 6 },
    );
    assert.deepEqual([cut.cut, cut.meanLength], [3, (1 + 2 + 3 + 4 + 5 + 4 * 6) / 9]);
  });

  it('is a function of the seed, and of whether actions are sampled', () => {
    const file = randomAgent(cartPole, 5);
    const run = (seed: number, sample?: boolean) => evaluate(cartPole, file, { episodes: 30, seed, sample });
    assert.deepEqual(run(1), run(1));
    assert.deepEqual(run(1, true), run(1, true));
    assert.notDeepEqual(run(1), run(2));
    assert.notDeepEqual(run(1), run(1, true));
    assert.deepEqual(run(1), run(1, false));
  });

  it('refuses an agent for other spaces, and says what they are', () => {
    assert.throws(() => evaluate(cartPole, randomAgent(corridor), { episodes: 1, seed: 1 }), {
      name: 'CheckpointError',
      message:
        /expected the observation space of CartPole-v1, \{.*"shape":\[4\].*\}, got \{.*"shape":\[2\].*\}/,
    });
  });

  it('refuses numbers of episodes and seeds that are none', () => {
    for (const episodes of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => evaluate(corridor, randomAgent(corridor), { episodes, seed: 1 }), {
        name: 'RangeError',
        message: `evaluate: episodes must be a positive integer, got ${episodes}`,
      });
    }
    assert.throws(() => evaluate(corridor, randomAgent(corridor), { episodes: 1, seed: -1 }), RangeError);
  });
});
