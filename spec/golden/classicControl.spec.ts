import assert from 'node:assert/strict';
import { acrobot } from '../../envs/acrobot.ts';
import { mountainCar } from '../../envs/mountainCar.ts';
import { mountainCarContinuous } from '../../envs/mountainCarContinuous.ts';
import { pendulum } from '../../envs/pendulum.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { assertClose, golden } from './golden.ts';

interface Episode {
  policy: string;
  init_state: number[];
  init_obs: number[];
  actions: (number | number[])[];
  state: number[][];
  /** Left out of the longest episodes. */
  obs?: number[][];
  reward: number[];
  terminated: boolean[];
  truncated: boolean[];
}

interface Data {
  episodes: Episode[];
  max_episode_steps: number;
  reward_threshold: number | null;
  observation_space: { low: number[]; high: number[] };
}

/** `free` steps are compared in one run, too: beyond them differences in the last bit have grown too large. */
const cases: [env: ColumnarEnv, names: string[], tolerance: number, free: number, freeTolerance: number][] = [
  [mountainCar, ['x', 'speed'], 1e-9, 200, 1e-9],
  // Gymnasium keeps float32 state.
  [mountainCarContinuous, ['x', 'speed'], 2e-7, 999, 1e-4],
  [pendulum, ['theta', 'thetaDot'], 1e-9, 200, 1e-9],
  [acrobot, ['theta1', 'theta2', 'speed1', 'speed2'], 1e-9, 100, 1e-9],
];

for (const [env, names, tolerance, free, freeTolerance] of cases) {
  const { episodes, max_episode_steps, reward_threshold, observation_space } = golden<Data>(`env/${env.id}`);

  const open = () => {
    const envs = vectorize(env, { numEnvs: 1, seed: 0 });
    return {
      envs,
      set: (state: number[]) => names.forEach((name, k) => void envs.state[name].set([state[k]])),
      get: () => names.map((name) => envs.state[name][0]),
      act(action: number | number[]) {
        envs.actions.set([action].flat());
        envs.advance();
      },
    };
  };

  describe(`golden: ${env.id} against Gymnasium`, () => {
    it('shows the states that episodes begin in', () => {
      for (const { init_state, init_obs } of episodes) {
        const { envs, set } = open();
        set(init_state);
        env.observe({ state: envs.state, observations: envs.observations } as never, 0, 1);
        assertClose(envs.observations, init_obs, 1e-7, 'init_obs');
      }
    });

    it('has its space, time limit and threshold', () => {
      assert.equal(env.maxEpisodeSteps, max_episode_steps);
      assert.equal(env.threshold ?? null, reward_threshold);
      assert.deepEqual(Array.from(env.observation.low, Math.fround), observation_space.low);
      assert.deepEqual(Array.from(env.observation.high, Math.fround), observation_space.high);
    });

    for (const [index, episode] of episodes.entries()) {
      const { policy, init_state, actions, state, obs, reward, terminated, truncated } = episode;

      it(`episode ${index} (${policy}): every step from the state before it`, () => {
        const { envs, set, get, act } = open();
        for (let t = 0; t < actions.length; t++) {
          set(t > 0 ? state[t - 1] : init_state);
          act(actions[t]);
          assertClose(get(), state[t], tolerance, `state[${t}]`, 1);
          if (obs) assertClose(envs.observations, obs[t], Math.max(tolerance, 1e-7), `obs[${t}]`);
          // Rewards are float32 here.
          assertClose(envs.rewards, [reward[t]], 1e-7, `reward[${t}]`);
          assert.equal(envs.terminations[0], +terminated[t], `terminated[${t}]`);
          assert.equal(envs.truncations[0], +truncated[t], `truncated[${t}]`);
        }
      });

      it(`episode ${index} (${policy}): up to ${free} steps in one run`, () => {
        const { set, get, act } = open();
        set(init_state);
        for (let t = 0; t < Math.min(free, actions.length); t++) {
          act(actions[t]);
          assertClose(get(), state[t], freeTolerance, `state[${t}]`, 1);
        }
      });
    }
  });
}
