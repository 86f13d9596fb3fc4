import assert from 'node:assert/strict';
import { taxi } from '../../envs/taxi.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { Random } from '../../lib/random.ts';
import { play } from './play.ts';

const unmasked = { masked: 0 };

/** The best return from each state, by value iteration over what the env does. */
function optimum(): Float64Array {
  const envs = vectorize(taxi, { numEnvs: 3000, seed: 0, params: unmasked });
  for (let i = 0; i < 3000; i++) {
    envs.state.place[i] = Math.floor(i / 6);
    envs.actions[i] = i % 6;
  }
  envs.advance();
  const { observations, rewards, terminations } = envs;
  const values = new Float64Array(500).fill(-1000);
  // No state is further from its end than 40 steps.
  for (let sweep = 0; sweep < 40; sweep++) {
    for (let i = 0; i < 3000; i++) {
      const value = rewards[i] + (terminations[i] ? 0 : values[observations[i]]);
      values[Math.floor(i / 6)] = Math.max(values[Math.floor(i / 6)], value);
    }
  }
  return values;
}

describe('taxi', () => {
  it('has an optimum of 7.93, which is above its threshold', () => {
    const values = optimum();
    const starts = [...values.keys()].filter((s) => (s >> 2) % 5 < 4 && (s >> 2) % 5 !== (s & 3));
    const mean = starts.reduce((sum, s) => sum + values[s], 0) / starts.length;
    assert.equal(starts.length, 300);
    assert.ok(Math.abs(mean - 7.93) < 0.005 && mean > taxi.threshold!, `${mean}`);
  });

  it('refuses what its mask forbids, and charges 10 for it where there is none', () => {
    for (const [action, reward] of [
      [4, -10],
      [5, -10],
    ]) {
      const open = (params?: typeof unmasked) => {
        const envs = vectorize(taxi, { numEnvs: 1, seed: 0, params });
        // In the middle, with the passenger at the red stand.
        envs.state.place[0] = 12 * 20 + 1;
        envs.actions[0] = action;
        return envs;
      };
      const free = open(unmasked);
      free.advance();
      assert.deepEqual([free.rewards[0], free.observations[0]], [reward, 241]);
    }
    const masked = vectorize(taxi, { numEnvs: 1, seed: 0 });
    const forbidden = masked.actionMasks!.indexOf(0);
    masked.actions[0] = forbidden;
    assert.throws(() => masked.advance(), new RegExp(`Taxi-v4, env 0.*action mask forbids ${forbidden}`));
  });

  it('never charges 10 for what the mask allows, and truncates at 200 steps', () => {
    const random = new Random(1);
    const { returns, lengths, truncated } = play(taxi, 30, ({ actionMasks }, i) =>
      taxi.action.sample(random, actionMasks!.subarray(6 * i, 6 * i + 6)),
    );
    assert.ok(truncated > 0 && truncated < 30);
    for (const [i, length] of lengths.entries()) {
      assert.ok(length <= 200);
      assert.ok([-length, 21 - length].includes(returns[i]), `${returns[i]} after ${length}`);
    }
  });
});
