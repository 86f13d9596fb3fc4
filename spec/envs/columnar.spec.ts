import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as all from '../../envs/index.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';
import { Random } from '../../lib/random.ts';

const { acrobot, bandit, blackjack, cliffWalking, frozenLake, frozenLake8x8, memory } = all;
const { mountainCar, mountainCarContinuous, password, pendulum, stochastic, taxi } = all;
const random = [acrobot, blackjack, frozenLake, frozenLake8x8, memory, mountainCar];
const envs: [env: ColumnarEnv, drawsNothing: boolean][] = [
  ...[...random, mountainCarContinuous, pendulum, taxi].map((env): [ColumnarEnv, false] => [env, false]),
  ...[bandit, cliffWalking, password, stochastic].map((env): [ColumnarEnv, true] => [env, true]),
];

/** What the first two of `numEnvs` worlds showed and paid, step by step, under random actions that depend on the world alone. */
function lives(env: ColumnarEnv, numEnvs: number, seed: number, autoreset: Autoreset, steps: number) {
  const worlds = vectorize(env, { numEnvs, seed, autoreset });
  const players = Array.from({ length: numEnvs }, (_, i) => new Random(i));
  const { observations, actions, rewards, terminations, truncations } = worlds;
  const [width, actionWidth] = [observations.length / numEnvs, actions.length / numEnvs];
  const told: number[] = [...observations.subarray(0, 2 * width)];
  for (let t = 0; t < steps; t++) {
    for (const [i, player] of players.entries()) {
      const choices = (worlds.actionMasks?.length ?? 0) / numEnvs;
      const mask = worlds.actionMasks?.subarray(i * choices, (i + 1) * choices);
      actions.set([env.action.sample(player, mask)].flat(), i * actionWidth);
    }
    worlds.advance();
    told.push(...worlds.observations.subarray(0, 2 * width));
    for (const column of [rewards, terminations, truncations]) told.push(...column.subarray(0, 2));
  }
  return told;
}

for (const [env, drawsNothing] of envs) {
  describe(env.id, () => {
    // An observation that leaves its space, and a reward that is not finite, throw.
    it('keeps to its spaces; same seed, same bits; a world’s life is its own', () => {
      const autoresets = fc.constantFrom<Autoreset>('NEXT_STEP', 'SAME_STEP');
      fc.assert(
        fc.property(fc.nat(), autoresets, fc.integer({ min: 2, max: 6 }), (seed, autoreset, numEnvs) => {
          const told = lives(env, numEnvs, seed, autoreset, 60);
          assert.deepEqual(lives(env, 2, seed, autoreset, 60), told);
          const other = lives(env, 2, seed + 1, autoreset, 60);
          assert.equal(
            told.every((value, k) => value === other[k]),
            drawsNothing,
          );
        }),
        { numRuns: 10 },
      );
      lives(env, 20, 1, 'NEXT_STEP', 1000);
    });
  });
}
