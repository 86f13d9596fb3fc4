/**
 * A policy of one's own, written in TensorFlow: attention over a set of entities, and a pointer to one of them. Run it with
 * `npx tsx examples/attention.ts`.
 */

import { box, defineEnv, discrete, openRun, ppo, type RowRandom } from 'pufferflow';
import { type OwnPolicy, type Tensor, type Tensor2D, type Tensor3D, tensorflow } from 'pufferflow/tensorflow';

const ENTITIES = 6;
/** Features of an entity: x, y. */
const FEATURES = 2;
const UNITS = 32;

/** Entities scattered in a square, in no order. To name the one that is farthest from the middle of them all pays 1. */
const outsider = defineEnv({
  id: 'Outsider-v0',
  observation: box(-1, 1, [ENTITIES, FEATURES]),
  action: discrete(ENTITIES),
  maxEpisodeSteps: 16,
  threshold: 13,
  state: { places: ['f32', ENTITIES * FEATURES] },
  reset({ state: { places }, rng }, i) {
    scatter(places, rng, i);
  },
  step({ state: { places }, rng, actions, rewards }, from, to) {
    for (let i = from; i < to; i++) {
      rewards[i] = +(actions[i] === farthest(places, i));
      scatter(places, rng, i);
    }
  },
  observe({ state: { places }, observations }, from, to) {
    const width = ENTITIES * FEATURES;
    observations.set(places.subarray(from * width, to * width), from * width);
  },
});

function scatter(places: Float32Array, rng: RowRandom, world: number): void {
  const width = ENTITIES * FEATURES;
  for (let k = 0; k < width; k++) places[world * width + k] = rng.uniform(world, -1, 1);
}

function farthest(places: Float32Array, world: number): number {
  const from = world * ENTITIES * FEATURES;
  const at = (entity: number, k: number) => places[from + entity * FEATURES + k];
  const all = Array.from({ length: ENTITIES }, (_, entity) => entity);
  const middle = [0, 1].map((k) => all.reduce((sum, entity) => sum + at(entity, k), 0) / ENTITIES);
  const distances = all.map((entity) => Math.hypot(at(entity, 0) - middle[0], at(entity, 1) - middle[1]));
  return distances.indexOf(Math.max(...distances));
}

/** Every entity looks at all others; the same weights serve each of them, in whatever order they come. */
const attention: OwnPolicy = ({ tf, seed }) => {
  const weights = (rows: number, columns: number, n: number) =>
    tf.variable(tf.randomNormal([rows, columns], 0, 1 / Math.sqrt(rows), 'float32', 100 * seed + n));
  const variables = {
    embed: weights(FEATURES, UNITS, 0),
    query: weights(UNITS, UNITS, 1),
    key: weights(UNITS, UNITS, 2),
    value: weights(UNITS, UNITS, 3),
    mix: weights(2 * UNITS, UNITS, 4),
    point: weights(UNITS, 1, 5),
    judge: weights(UNITS, 1, 6),
  };
  return {
    variables,
    apply(observations) {
      const [batch] = observations.shape;
      const perEntity = (x: Tensor, width: number) => tf.reshape(x, [batch, ENTITIES, width]) as Tensor3D;
      const entities = tf.reshape(observations, [batch * ENTITIES, FEATURES]) as Tensor2D;
      const seen = tf.relu(tf.matMul(entities, variables.embed as Tensor2D)) as Tensor2D;
      const project = (by: Tensor) => perEntity(tf.matMul(seen, by as Tensor2D), UNITS);
      const keys = tf.transpose(project(variables.key), [0, 2, 1]);
      const scores = tf.div(tf.matMul(project(variables.query), keys), Math.sqrt(UNITS));
      const heard = tf.matMul(tf.softmax(scores) as Tensor3D, project(variables.value));
      const both = tf.concat([seen, tf.reshape(heard, [batch * ENTITIES, UNITS])], 1) as Tensor2D;
      const known = tf.relu(tf.matMul(both, variables.mix as Tensor2D)) as Tensor2D;
      const policy = tf.reshape(tf.matMul(known, variables.point as Tensor2D), [batch, ENTITIES]) as Tensor2D;
      const opinions = tf.matMul(known, variables.judge as Tensor2D);
      const values = tf.mean(tf.reshape(opinions, [batch, ENTITIES]), 1);
      return { policy, values };
    },
  };
};

const engine = await tensorflow({ policy: attention });
const run = await openRun(
  outsider,
  ppo,
  { totalSteps: 20_000, numEnvs: 32, numSteps: 16, learningRate: 2e-3, gamma: 0, entCoef: 0.001 },
  { engine },
);
run.metrics.subscribe(({ iteration, steps, episodeReturn, sps }) => {
  if (iteration % 8 === 0)
    console.log(
      `${engine.name}: ${steps} steps, ${episodeReturn.toFixed(1)} of 16 found, ${sps.toFixed(0)} steps/s`,
    );
});
