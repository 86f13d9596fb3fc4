/** A loss term and an optimizer of one's own, in PPO's graph. Run it with `npx tsx examples/ownLoss.ts`. */

import { type LossTerm, type OwnOptimizer, openPpo, openRun, pipeline, ppo, ppoSchema } from 'pufferflow';
import { cartPole } from 'pufferflow/envs';

/** ½ c Σ logits², so that no policy is quite certain. */
function smallLogits(coefficient: number): LossTerm {
  return {
    name: 'smallLogits',
    differentiate({ n, stride, outputs, dOutputs, scales }) {
      let sum = 0;
      for (let from = 0; from < outputs.length; from += stride) {
        for (let s = 0; s < n; s++) {
          const weight = coefficient * scales[s];
          sum += 0.5 * weight * outputs[from + s] ** 2;
          dOutputs[from + s] += weight * outputs[from + s];
        }
      }
      return sum;
    },
  };
}

/** Stochastic gradient descent: v ← μ v + g, w ← w − η v. */
function momentum(mu: number): OwnOptimizer {
  return {
    state: ['velocity'],
    step({ parameters, gradients, scale, learningRate, state: { velocity } }) {
      for (let i = 0; i < parameters.length; i++) {
        velocity[i] = mu * velocity[i] + scale * gradients[i];
        parameters[i] -= learningRate * velocity[i];
      }
    },
  };
}

const calmPpo = pipeline('calm-ppo', ppoSchema, ppo.graph, (env, config, options) =>
  openPpo(env, config, options, (learner) => {
    learner.addTerm(smallLogits(0.01));
    learner.stepBy(momentum(0.9));
  }),
);

const run = await openRun(cartPole, calmPpo, {
  totalSteps: 60_000,
  numEnvs: 8,
  numSteps: 32,
  learningRate: 0.02,
  updateEpochs: 10,
});
run.metrics.subscribe(({ iteration, steps, episodeReturn, losses }) => {
  if (iteration % 40 !== 0) return;
  const { loss, smallLogits } = losses;
  console.log(
    `${steps} steps, return ${episodeReturn.toFixed(0)}, loss ${loss.toFixed(3)}, of which ${smallLogits.toFixed(4)}`,
  );
});
