import assert from 'node:assert/strict';
import { cartPole } from '../../envs/cartPole.ts';
import { maskedCartPole } from '../../envs/maskedCartPole.ts';
import type { LossTerm } from '../../lib/lossTerm.ts';
import type { OwnOptimizer } from '../../lib/ownOptimizer.ts';
import { openPpo } from '../../pipelines/openNouns.ts';
import { pipeline } from '../../pipelines/pipeline.ts';
import { ppo, ppoSchema } from '../../pipelines/ppo.ts';
import { iterate } from './iterations.ts';

/** 1, whatever is seen. */
const one: LossTerm = {
  name: 'one',
  differentiate: ({ scales }) => scales.reduce((sum, scale) => sum + scale, 0),
};

const momentum: OwnOptimizer = {
  state: ['velocity'],
  step({ parameters, gradients, scale, learningRate, state: { velocity } }) {
    for (let i = 0; i < parameters.length; i++) {
      velocity[i] = 0.9 * velocity[i] + scale * gradients[i];
      parameters[i] -= learningRate * velocity[i];
    }
  },
};

const own = pipeline('own', ppoSchema, ppo.graph, (env, config, options) =>
  openPpo(env, config, options, (learner) => {
    learner.addTerm(one);
    learner.stepBy(momentum);
  }),
);

const small = { totalSteps: 100_000, numEnvs: 6, numSteps: 32, learningRate: 0.02 };
const memory = { kind: 'minGru' as const, units: 8 };
const recurrent = { ...small, network: { hidden: [8], shared: true, memory } };

describe('A pipeline with a loss and an optimizer of one’s own', () => {
  it('goes on after a stop as if there had been none, what the optimizer remembers being in the checkpoint', async () => {
    const whole = await iterate(cartPole, own, small, 6);
    const { saved } = await iterate(cartPole, own, small, 3);
    const rest = await iterate(cartPole, own, saved, 3);
    assert.deepEqual(rest.metrics, whole.metrics.slice(3));
    assert.deepEqual(rest.saved, whole.saved);
  });

  it('counts each transition that is learned from once, with a memory too', async () => {
    for (const [env, config] of [
      [cartPole, small],
      [maskedCartPole, recurrent],
    ] as const) {
      const { metrics } = await iterate(env, own, config, 4);
      for (const { losses } of metrics) assert.ok(Math.abs(losses.one - 1) < 1e-6, `${losses.one}`);
    }
  });

  it('is refused where threads share the learning, and taken where they only collect', async () => {
    await assert.rejects(
      iterate(cartPole, own, small, 1, { workers: 2 }),
      /addTerm: expected a learner on the calling thread alone/,
    );
    const { metrics } = await iterate(cartPole, own, { ...small, overlap: true }, 2, { workers: 2 });
    assert.equal(metrics.length, 2);
  }).timeout(60_000);
});
