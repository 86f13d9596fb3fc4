import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as all from '../../envs/index.ts';
import type { Column } from '../../lib/arena.ts';
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

interface Course {
  numEnvs: number;
  seed: number;
  autoreset?: Autoreset;
  /** Steps after which the worlds are saved and go on elsewhere, again and again; by default never. */
  move?: number;
}

/** What the first two worlds showed and paid, step by step, under random actions that depend on the world alone. */
function lives(env: ColumnarEnv, { numEnvs, seed, autoreset, move }: Course, steps = 60): number[] {
  const open = () => vectorize(env, { numEnvs, seed, autoreset });
  const players = Array.from({ length: numEnvs }, (_, i) => new Random(i));
  const told: number[] = [];
  let worlds = open();
  const tell = (column: Column) => told.push(...column.subarray(0, (2 * column.length) / numEnvs));
  tell(worlds.observations);
  for (let t = 1; t <= steps; t++) {
    const { actions, actionMasks } = worlds;
    for (const [i, player] of players.entries()) {
      const choices = (actionMasks?.length ?? 0) / numEnvs;
      const mask = actionMasks?.subarray(i * choices, (i + 1) * choices);
      actions.set([env.action.sample(player, mask)].flat(), (i * actions.length) / numEnvs);
    }
    worlds.advance();
    const { observations, rewards, terminations, truncations } = worlds;
    for (const column of [observations, rewards, terminations, truncations]) tell(column);
    if (move === undefined || t % move > 0) continue;
    const saved = worlds.save();
    worlds = open();
    worlds.load(saved);
  }
  return told;
}

for (const [env, drawsNothing] of envs) {
  describe(env.id, () => {
    // An observation that leaves its space, and a reward that is not finite, throw.
    it('has same seed, same bits; a world’s life is its own, and goes on elsewhere', () => {
      const autoresets = fc.constantFrom<Autoreset>('NEXT_STEP', 'SAME_STEP');
      const numbers = fc.integer({ min: 2, max: 6 });
      fc.assert(
        fc.property(fc.nat(), autoresets, numbers, numbers, (seed, autoreset, numEnvs, move) => {
          const told = lives(env, { numEnvs, seed, autoreset });
          assert.deepEqual(lives(env, { numEnvs: 2, seed, autoreset, move }), told);
          const other = lives(env, { numEnvs: 2, seed: seed + 1, autoreset });
          assert.equal(
            told.every((value, k) => value === other[k]),
            drawsNothing,
          );
        }),
        { numRuns: 10 },
      );
    });

    // What leaves its space or its bounds throws.
    it('keeps to its spaces, to finite rewards and to the bounds of its state', () => {
      lives(env, { numEnvs: 20, seed: 1, move: 50 }, 1000);
    });
  });
}
