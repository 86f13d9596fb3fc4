import assert from 'node:assert/strict';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { lastValueFrom, take } from 'rxjs';
import { cartPole } from '../../envs/cartPole.ts';
import { corridor } from '../../envs/corridor.ts';
import { pendulum } from '../../envs/pendulum.ts';
import { readAgent } from '../../lib/agentFile.ts';
import { Device } from '../../lib/engine/tensorflow/device.ts';
import { type OwnPolicy, tensorflow } from '../../lib/engine/tensorflow/index.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { openRun } from '../../pipelines/openRun.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { sac } from '../../pipelines/sac.ts';
import { herd, twins } from '../fixtures/worlds.ts';
import { iterate } from './iterations.ts';

const small = { totalSteps: 100_000, numEnvs: 8, numSteps: 32, network: { hidden: [16] } };
const recurrent = {
  ...small,
  network: { hidden: [8], shared: true, normalizeObservations: true, memory: { kind: 'gru', units: 8 } },
};
const smallSac = {
  totalSteps: 10_000,
  numEnvs: 4,
  learningStarts: 40,
  bufferSize: 1000,
  batchSize: 32,
  network: { hidden: [16] },
};

/** A function of tensors, drawn by the seed. */
const twoLayers: OwnPolicy = ({ tf, inputs, outputs, seed }) => {
  const weights = (rows: number, columns: number, n: number) =>
    tf.variable(tf.randomNormal([rows, columns], 0, n === 0 ? 0.5 : 0.1, 'float32', 10 * seed + n));
  const variables = {
    hidden: weights(inputs, 16, 0),
    policy: weights(16, outputs, 1),
    value: weights(16, 1, 2),
  };
  return {
    variables,
    apply(observations) {
      const { hidden, policy, value } = variables;
      const features = tf.tanh(tf.matMul(observations, hidden as typeof observations)) as typeof observations;
      const head = (by: typeof hidden) => tf.matMul(features, by as typeof observations);
      return { policy: head(policy) as typeof observations, values: tf.reshape(head(value), [-1]) };
    },
  };
};

function assertClose(actual: object, expected: object, tolerance: number): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    const got = (actual as Record<string, number>)[name];
    assert.ok(Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value)), `${name}: ${got}, ${value}`);
  }
}

describe('a run on the TensorFlow engine', () => {
  for (const [title, env, pipeline, config] of [
    ['PPO', cartPole, ppo, { ...small, numMinibatches: 4, updateEpochs: 5 }],
    ['PPO with a memory, all normalised', cartPole, ppo, { ...recurrent, normalizeRewards: true }],
    ['PPO of several kinds', herd, ppo, { ...small, numEnvs: 4 }],
    ['SAC', pendulum, sac, smallSac],
  ] as const) {
    it(`learns what the wasm engine learns: ${title}`, async () => {
      const engine = await tensorflow({ backend: 'wasm' });
      const iterations = pipeline === sac ? 25 : 1;
      const ours = await iterate(env, pipeline, config, iterations);
      const theirs = await iterate(env, pipeline, config, iterations, { engine });
      const [mine, other] = [ours, theirs].map(({ metrics }) => metrics[iterations - 1]);
      assert.ok(Object.keys(mine.losses).length > 0);
      assertClose(other.losses, mine.losses, 1e-4);
      assert.deepEqual(other.engine, { learning: 'tensorflow:wasm', acting: 'wasm' });
      assert.equal(mine.engine, undefined);
    });

    it(`stops, goes on and changes engines with its checkpoint: ${title}`, async () => {
      const engine = await tensorflow({ backend: 'wasm' });
      const { tf } = await Device.open('wasm');
      const tensors = tf.memory().numTensors;
      const iterations = pipeline === sac ? 15 : 2;
      const whole = await iterate(env, pipeline, config, 2 * iterations, { engine });
      const half = await iterate(env, pipeline, config, iterations, { engine });
      const rest = await iterate(env, pipeline, half.saved, iterations, { engine, workers: 2 });
      assert.equal(rest.weights, whole.weights);
      assert.deepEqual(rest.saved, whole.saved);
      assert.equal(tf.memory().numTensors, tensors);
      // The same rollout and the same steps, on the wasm engine, to rounding.
      const elsewhere = await iterate(env, pipeline, half.saved, 1);
      const here = await iterate(env, pipeline, half.saved, 1, { engine });
      assertClose(here.metrics[0].losses, elsewhere.metrics[0].losses, 1e-3);
      const back = await iterate(env, pipeline, elsewhere.saved, 1, { engine });
      assert.equal(back.metrics.length, 1);
    }).timeout(120_000);
  }

  it('acts on the device where it is told to, as the wasm engine would', async () => {
    const engine = await tensorflow({ backend: 'wasm', acting: 'device' });
    const ours = await iterate(cartPole, ppo, small, 1);
    const theirs = await iterate(cartPole, ppo, small, 1, { engine, workers: 2 });
    assertClose(theirs.metrics[0].losses, ours.metrics[0].losses, 1e-4);
    assert.deepEqual(theirs.metrics[0].engine, { learning: 'tensorflow:wasm', acting: 'tensorflow:wasm' });
    assert.equal(theirs.metrics[0].episodeReturn, ours.metrics[0].episodeReturn);
    const { meanLength } = evaluate(cartPole, readAgent(theirs.agent), { episodes: 4, seed: 1 });
    assert.ok(meanLength > 1);
  });

  it('refuses what it has not: gSDE, and of a policy of one’s own SAC, memories, and acting elsewhere', async () => {
    const engine = await tensorflow({ backend: 'cpu' });
    const gsde = { ...small, network: { exploration: 'gsde' } };
    await assert.rejects(iterate(pendulum, ppo, gsde, 1, { engine }), /expected independent on a device/);
    const own = await tensorflow({ backend: 'cpu', policy: twoLayers });
    await assert.rejects(iterate(pendulum, sac, smallSac, 1, { engine: own }), /for PPO, got SAC/);
    await assert.rejects(iterate(cartPole, ppo, recurrent, 1, { engine: own }), /has no memory/);
    const device = await tensorflow({ backend: 'cpu', acting: 'device' });
    await assert.rejects(iterate(cartPole, ppo, recurrent, 1, { engine: device }), /has no memory/);
    await assert.rejects(iterate(cartPole, ppo, { ...small, overlap: true }, 1, { engine: own }), /overlap/);
    await assert.rejects(tensorflow({ backend: 'cpu', policy: twoLayers, acting: 'wasm' }), /acting: wasm/);
    await assert.rejects(
      iterate(pendulum, ppo, small, 1, { engine: own }),
      /policy: expected logStd of shape \[1\] for two observations, got none/,
    );
  });
});

describe('a policy of one’s own', () => {
  it('is told of a loss that is no single number', async () => {
    const engine = await tensorflow({ backend: 'cpu', policy: twoLayers, loss: ({ values }) => values });
    await assert.rejects(
      iterate(cartPole, ppo, { ...small, updateEpochs: 1 }, 1, { engine }),
      /loss: expected a tensor of a single number as loss, got a tensor of shape \[/,
    );
  });

  it('learns, stops and goes on, as a function of tensors', async () => {
    const engine = await tensorflow({ backend: 'wasm', policy: twoLayers });
    const { tf } = await Device.open('wasm');
    const config = { ...small, learningRate: 3e-3, numEnvs: 16, numSteps: 64 };
    const tensors = tf.memory().numTensors;
    const whole = await iterate(corridor, ppo, config, 12, { engine });
    const half = await iterate(corridor, ppo, config, 6, { engine });
    const rest = await iterate(corridor, ppo, half.saved, 6, { engine, workers: 2 });
    assert.equal(rest.weights, whole.weights);
    assert.deepEqual(rest.saved, whole.saved);
    assert.equal(tf.memory().numTensors, tensors);
    // Of at most about 0.95; by chance it is 0.69.
    assert.ok(whole.metrics[11].episodeReturn > 0.9);
    const file = readAgent(whole.agent);
    assert.equal(file.form, 'own');
    assert.throws(() => evaluate(corridor, file, { episodes: 1, seed: 1 }), /a program of one's own/);
  });

  it('is a LayersModel too, whose further outputs a loss may use', async () => {
    const engine = await tensorflow({
      backend: 'wasm',
      policy({ inputs, outputs }) {
        const seen = input({ shape: [inputs] });
        const features = layers.dense({ units: 8, activation: 'tanh' }).apply(seen);
        const heads = [outputs, 1, inputs].map((units, k) =>
          layers.dense({ units, name: k === 2 ? 'told' : undefined }).apply(features),
        );
        return model({ inputs: seen, outputs: heads as (typeof seen)[] });
      },
      loss({ told }, { observations, scales }, ppoLoss, tf) {
        const errors = tf.mean(tf.squaredDifference(told as typeof observations, observations), 1);
        const telling = tf.sum(tf.mul(errors, scales));
        return { loss: tf.add(ppoLoss, telling), telling };
      },
    });
    const { metrics, agent } = await iterate(cartPole, ppo, { ...small, learningRate: 0.01 }, 8, { engine });
    assert.ok(metrics[7].losses.telling < 0.5 * metrics[0].losses.telling);
    const names = Object.keys(readAgent(agent).policies.agent.weights);
    assert.deepEqual(names, [
      '0.kernel',
      '1.bias',
      '2.kernel',
      '3.bias',
      '4.kernel',
      '5.bias',
      '6.kernel',
      '7.bias',
    ]);
  });

  it('is drawn by a seed of its own for each policy of a run, which is never 0', async () => {
    const drawn: string[] = [];
    const policy: OwnPolicy = (request) => {
      drawn.push(`${request.kind} ${request.seed}`);
      return twoLayers(request);
    };
    const engine = await tensorflow({ backend: 'cpu', policy });
    for (let run = 0; run < 2; run++) (await openRun(twins, ppo, { ...small, seed: 0 }, { engine })).close();
    assert.deepEqual(drawn.slice(2), drawn.slice(0, 2));
    assert.equal(new Set(drawn.map((told) => told.split(' ')[1])).size, 2);
    assert.ok(drawn.every((told) => !told.endsWith(' 0')));
    assert.equal(new Set(drawn.map((told) => told.split(' ')[0])).size, 2);
  });

  it('acts by what was published last after it has diverged, and can go on', async () => {
    let isBad = false;
    const engine = await tensorflow({
      backend: 'cpu',
      policy: twoLayers,
      loss: (_, __, ppoLoss, tf) => (isBad ? tf.mul(ppoLoss, Number.NaN) : ppoLoss),
    });
    const run = await openRun(cartPole, ppo, small, { engine });
    await lastValueFrom(run.metrics.pipe(take(1)));
    const before = run.weightsSha256();
    isBad = true;
    await assert.rejects(lastValueFrom(run.metrics.pipe(take(1))), /expected finite losses/);
    assert.equal(run.weightsSha256(), before);
    isBad = false;
    const { losses } = await lastValueFrom(run.metrics.pipe(take(1)));
    assert.ok(Number.isFinite(losses.loss));
    run.close();
  });

  it('is refused with what was expected if it puts out something else', async () => {
    const policy: OwnPolicy = (request) => {
      const { variables, apply } = twoLayers({ ...request, outputs: 5 }) as ReturnType<typeof twoLayers> & {
        variables: never;
      };
      return { variables, apply } as ReturnType<OwnPolicy>;
    };
    const engine = await tensorflow({ backend: 'cpu', policy });
    const { tf } = await Device.open('cpu');
    const tensors = tf.memory().numTensors;
    await assert.rejects(
      openRun(cartPole, ppo, small, { engine }),
      /policy: expected policy of shape \[2, 2\] for two observations, got \[2, 5\]/,
    );
    assert.equal(tf.memory().numTensors, tensors);
    const frozen = await tensorflow({
      backend: 'cpu',
      policy({ inputs, outputs }) {
        const seen = input({ shape: [inputs] });
        const features = layers.dense({ units: 4, trainable: false }).apply(seen);
        const heads = [outputs, 1].map((units) => layers.dense({ units }).apply(features));
        return model({ inputs: seen, outputs: heads as (typeof seen)[] });
      },
    });
    await assert.rejects(openRun(cartPole, ppo, small, { engine: frozen }), /weights are all learned, got 2/);
    const wrong = { backend: 'cpu', polcy: twoLayers } as object;
    await assert.rejects(tensorflow(wrong), /expected backend, policy, loss or acting, got polcy/);
    await assert.rejects(
      tensorflow({ backend: 'gpu' } as object),
      /backend: expected one of node-gpu, .*got gpu/,
    );
  });
});
