import assert from 'node:assert/strict';
import { defineEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';
import type { Decision } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { golden } from './golden.ts';

interface Case {
  mode: 'NextStep' | 'SameStep';
  time_limit: number;
  lengths: number[][];
  reset_obs: number[][];
  steps: {
    action: number[];
    obs: number[][];
    reward: number[];
    terminated: boolean[];
    truncated: boolean[];
    info: { final_obs?: (number[] | null)[]; _final_obs?: boolean[] };
  }[];
}

const { cases } = golden<{ cases: Case[] }>('env/vector_autoreset');

/** The reference's CounterEnv: shows (episode, t); each episode has its length. */
const counter = (limit: number) =>
  defineEnv({
    id: 'Counter-v0',
    observation: box(0, 1000, [2]),
    action: discrete(8),
    maxEpisodeSteps: limit,
    state: { resets: 'i32', t: 'i32', lengths: ['i32', 5] },
    reset({ state: { resets, t } }, i) {
      resets[i]++;
      t[i] = 0;
    },
    step({ state: { resets, t, lengths }, actions, rewards, terminations }, from, to) {
      for (let i = from; i < to; i++) {
        const episode = resets[i] - 1;
        t[i]++;
        rewards[i] = 10 * episode + t[i] + actions[i] / 8;
        terminations[i] = +(t[i] >= lengths[5 * i + (episode % 5)]);
      }
    },
    observe({ state: { resets, t }, observations }, from, to) {
      for (let i = from; i < to; i++) {
        observations[2 * i] = resets[i] - 1;
        observations[2 * i + 1] = t[i];
      }
    },
  });

const rows = (column: ArrayLike<number>) =>
  Array.from({ length: column.length / 2 }, (_, i) => [column[2 * i], column[2 * i + 1]]);

describe('golden: autoreset against Gymnasium’s SyncVectorEnv', () => {
  for (const { mode, time_limit, lengths, reset_obs, steps } of cases) {
    it(`${mode}, time limit ${time_limit}`, () => {
      const autoreset: Autoreset = mode === 'NextStep' ? 'NEXT_STEP' : 'SAME_STEP';
      const numEnvs = lengths.length;
      const envs = vectorize(counter(time_limit), { numEnvs, seed: 0, autoreset });
      envs.state.lengths.set(lengths.flat());
      assert.deepEqual(rows(envs.observations), reset_obs);
      let pending = new Array<boolean>(numEnvs).fill(false);
      let real = 0;
      for (const [t, { action, obs, reward, terminated, truncated, info }] of steps.entries()) {
        const decision = {
          ...envs.observe(),
          kind: 'decision',
          actions: Int32Array.from(action),
        } as Decision;
        const transition = envs.step(decision);
        assert.deepEqual(rows(envs.observations), obs, `observations after step ${t}`);
        assert.deepEqual(Array.from(transition.rewards), reward);
        assert.deepEqual(Array.from(transition.terminations, Boolean), terminated);
        assert.deepEqual(Array.from(transition.truncations, Boolean), truncated);
        assert.deepEqual(
          Array.from(transition.masks, Boolean),
          pending.map((was) => !was),
          `masks of step ${t}`,
        );
        real += pending.filter((was) => !was).length;
        assert.equal(envs.steps, real);
        const ended = terminated.map((flag, i) => flag || truncated[i]);
        pending = mode === 'NextStep' ? ended : pending.fill(false);
        if (mode === 'SameStep') {
          const final = rows(transition.finalObservations as Float32Array);
          for (const [i, last] of (info.final_obs ?? []).entries())
            if (last) assert.deepEqual(final[i], last);
          assert.deepEqual(info._final_obs ?? ended.map(() => false), ended);
        }
      }
      assert.equal(envs.scores.episodes > 0, true);
    });
  }
});
