/**
 * A loss of one's own, by autodiff: the network also has to tell what it sees from its last features. Run it with
 * `npx tsx examples/auxiliaryLoss.ts`.
 */

import { initializers, input, layers, model } from '@tensorflow/tfjs-layers';
import { openRun, ppo } from 'pufferflow';
import { cartPole } from 'pufferflow/envs';
import { type OwnLoss, type OwnPolicy, type Tensor, tensorflow } from 'pufferflow/tensorflow';

/** A LayersModel with the outputs that a policy has, and one that is called `told`. */
const network: OwnPolicy = ({ inputs, outputs, seed }) => {
  let drawn = 0;
  const dense = (units: number, scale: number, name?: string, activation?: 'tanh') => {
    const spread = { scale, mode: 'fanAvg', distribution: 'normal', seed: 100 * seed + drawn++ } as const;
    return layers.dense({ units, activation, name, kernelInitializer: initializers.varianceScaling(spread) });
  };
  const seen = input({ shape: [inputs] });
  const first = dense(64, 1, undefined, 'tanh').apply(seen);
  const features = dense(64, 1, undefined, 'tanh').apply(first);
  const heads = [dense(outputs, 0.01), dense(1, 1), dense(inputs, 1, 'told')];
  return model({ inputs: seen, outputs: heads.map((head) => head.apply(features) as typeof seen) });
};

/** PPO's loss, and a tenth of how wrong the network is about what it sees. */
const loss: OwnLoss = ({ told }, { observations, scales }, own, tf) => {
  const errors = tf.mean(tf.squaredDifference(told as Tensor, observations), 1);
  const reconstruction = tf.sum(tf.mul(errors, scales));
  return { loss: tf.add(own, tf.mul(reconstruction, 0.1)), reconstruction };
};

const engine = await tensorflow({ policy: network, loss });
const run = await openRun(
  cartPole,
  ppo,
  { totalSteps: 60_000, numEnvs: 8, numSteps: 64, learningRate: 1e-3 },
  { engine },
);
run.metrics.subscribe(({ iteration, steps, episodeReturn, losses }) => {
  if (iteration % 10 === 0)
    console.log(
      `${steps} steps, return ${episodeReturn.toFixed(0)}, reconstruction ${losses.reconstruction.toFixed(4)}`,
    );
});
