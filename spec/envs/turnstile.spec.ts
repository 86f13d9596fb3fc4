import assert from 'node:assert/strict';
import fc from 'fast-check';
import { turnstile } from '../../envs/turnstile.ts';
import type { ParallelEnv } from '../../lib/env/structured.ts';
import { assertLearnt } from './learns.ts';
import { assertDeterministic, assertReturns, playStructured } from './playStructured.ts';

/** Plays an episode; the visits, each from the step of its first reward to that of its last. */
function visitsOf(env: ParallelEnv, seed?: number) {
  const visits: { name: string; from: number; steps: number; terminated: boolean }[] = [];
  const began = new Map<string, number>();
  let most = 0;
  env.reset({ seed });
  for (let t = 0; env.agents.length > 0; t++) {
    const before = env.agents;
    most = Math.max(most, before.length);
    for (const name of before) if (!began.has(name)) began.set(name, t);
    const [, , terminations, truncations] = env.step(
      Object.fromEntries(before.map((name) => [name, 0])) as never,
    );
    for (const name of before.filter((name) => terminations[name] || truncations[name])) {
      const from = began.get(name) as number;
      visits.push({ name, from, steps: t + 1 - from, terminated: terminations[name] });
      began.delete(name);
    }
  }
  return { visits, most };
}

describe('turnstile', () => {
  const env = turnstile.create() as ParallelEnv;
  const episodes = Array.from({ length: 2000 }, (_, i) => visitsOf(env, i === 0 ? 1 : undefined));
  const visits = episodes.flatMap((episode) => episode.visits);

  it('pays every visit 1 for the open way, whoever came and went before', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        assertReturns(playStructured(turnstile, seed, ([way]: Float32Array) => [+(way > 0)]).visitor, 1);
        assertReturns(playStructured(turnstile, seed, ([way]: Float32Array) => [+(way < 0)]).visitor, 0);
      }),
      { numRuns: 5 },
    );
  });

  it('has at most four inside, and four at times', () => {
    assert.equal(Math.max(...episodes.map(({ most }) => most)), 4);
  });

  it('lets visitors stay for 1 to 6 steps, each as often', () => {
    const counts = [1, 2, 3, 4, 5, 6].map((steps) => visits.filter((visit) => visit.steps === steps).length);
    assert.equal(
      counts.reduce((a, b) => a + b),
      visits.length,
    );
    const expected = visits.length / 6;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // One in 10⁵ with 5 degrees of freedom.
    assert.ok(chiSquare < 30.9, `χ² = ${chiSquare} over ${visits.length} visits`);
  });

  it('terminates the even and truncates the odd, lets all come again, and nobody after step 20', () => {
    for (const { name, terminated, from } of visits) {
      assert.equal(terminated, Number(name.at(-1)) % 2 === 0);
      assert.ok(from < 20);
    }
    assert.ok(visits.some(({ from }) => from === 19));
    for (const name of env.possibleAgents)
      assert.ok(episodes.some((episode) => episode.visits.filter((visit) => visit.name === name).length > 2));
  });

  it('is the same for the same seed', () => assertDeterministic(turnstile));

  it('is learnt by PPO', () => assertLearnt(turnstile));
});
