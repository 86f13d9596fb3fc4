import assert from 'node:assert/strict';
import { cartPole } from '../../envs/cartPole.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { assertClose, golden } from './golden.ts';

interface Episode {
  policy: string;
  init_state: number[];
  init_obs: number[];
  actions: number[];
  state: number[][];
  obs: number[][];
  reward: number[];
  terminated: boolean[];
  truncated: boolean[];
}

const { episodes, max_episode_steps, reward_threshold, observation_space } = golden<{
  episodes: Episode[];
  max_episode_steps: number;
  reward_threshold: number;
  observation_space: { low: number[]; high: number[] };
}>('env/CartPole-v1');

function start(initial: number[]) {
  const envs = vectorize(cartPole, { numEnvs: 1, seed: 0 });
  const names = ['x', 'xDot', 'theta', 'thetaDot'];
  return {
    envs,
    set: (state: number[]) => names.forEach((name, i) => void envs.state[name].set([state[i]])),
    state: () => names.map((name) => envs.state[name][0]),
    initial,
  };
}

describe('golden: CartPole-v1 against Gymnasium', () => {
  it('has its spaces, time limit and threshold', () => {
    assert.equal(cartPole.maxEpisodeSteps, max_episode_steps);
    assert.equal(cartPole.threshold, reward_threshold);
    assert.deepEqual(Array.from(cartPole.observation.low, Math.fround), observation_space.low);
    assert.deepEqual(Array.from(cartPole.observation.high, Math.fround), observation_space.high);
  });

  for (const [index, episode] of episodes.entries()) {
    const { policy, init_state, actions, state, obs, reward, terminated, truncated } = episode;

    it(`episode ${index} (${policy}): every step from the state before it`, () => {
      const { envs, set, state: now } = start(init_state);
      for (let t = 0; t < actions.length; t++) {
        set(t > 0 ? state[t - 1] : init_state);
        envs.actions[0] = actions[t];
        envs.advance();
        assertClose(now(), state[t], 1e-9, `state[${t}]`, 1);
        assertClose(envs.observations, obs[t], 1e-7, `obs[${t}]`);
        assert.equal(envs.rewards[0], reward[t]);
        assert.equal(envs.terminations[0], +terminated[t], `terminated[${t}]`);
        assert.equal(envs.truncations[0], +truncated[t], `truncated[${t}]`);
      }
    });

    it(`episode ${index} (${policy}): the first 100 steps in one run`, () => {
      const { envs, set, state: now } = start(init_state);
      set(init_state);
      for (let t = 0; t < Math.min(100, actions.length); t++) {
        envs.actions[0] = actions[t];
        envs.advance();
        assertClose(now(), state[t], 1e-9, `state[${t}]`, 1);
      }
    });
  }
});
