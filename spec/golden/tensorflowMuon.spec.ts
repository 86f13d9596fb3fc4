import type { Device } from '../../lib/engine/tensorflow/device.ts';
import { FlatOptimizer, namedTensors } from '../../lib/engine/tensorflow/flatOptimizer.ts';
import type { Tensor } from '../../lib/nouns.ts';
import { forEachDevice, isSlow } from './engines.ts';
import { assertClose } from './golden.ts';
import { assertWeights, type Case, cases } from './ppoCase.ts';
import { openOn } from './tensorflowCase.ts';

function flat(tensors: Readonly<Record<string, Tensor>>, names: readonly string[]): Float32Array {
  return Float32Array.from(names.flatMap((name) => [...tensors[name].data]));
}

/** Muon on the gradients of a case, clipped as the reference does it; the learner's own steps are 0. */
function openMuon(device: Device, data: Case) {
  const { tf } = device;
  const { momentum, weight_decay, lr } = data.muon;
  const { actorCritic: network, learner, update } = openOn(device, data, { learningRate: 0 });
  const shapes = Object.entries(network.tensors()).map(([name, { shape }]) => [name, shape] as const);
  const names = shapes.map(([name]) => name);
  // The reference takes a Gaussian's log-deviations as a matrix of one row, which Muon makes a difference for.
  const theirs = shapes.map(([name, shape]) => [name, name === 'logStd' ? [1, ...shape] : shape] as const);
  const config = { kind: 'muon', beta1: momentum, beta2: 0, eps: 1, weightDecay: weight_decay } as const;
  const optimizer = new FlatOptimizer(device, theirs, config);
  return {
    network,
    async step() {
      const losses = await update();
      const scale = Math.min(1, data.config.max_grad_norm / (losses.gradNorm + 1e-6));
      const gradients = flat(await learner.gradients(), names).map((g) => g * scale);
      const weights = flat(network.tensors(), names);
      const moved = device.tidy(() => optimizer.step(tf.tensor1d(weights), tf.tensor1d(gradients), lr));
      network.load(namedTensors(shapes, await device.read(moved)));
      return losses;
    },
    close() {
      learner.close();
      optimizer.forget();
    },
  };
}

describe('golden: Muon on TensorFlow against PufferLib (Adam: see the PPO loss)', function () {
  this.timeout(120_000);
  forEachDevice((name, device) => {
    for (const [index, data] of cases.entries()) {
      // One of each kind.
      if (isSlow(name) && index % 2 === 1) continue;
      const { history, weights } = data.muon;
      it(`case ${index} (${data.kind}): ${history.length} steps`, async () => {
        const { network, step, close } = openMuon(device(), data);
        for (const expected of history) {
          const losses = await step();
          assertClose([losses.loss], [expected.loss], 1e-4, 'loss', 1);
          assertClose([losses.gradNorm], [expected.grad_norm], 1e-3, 'gradNorm');
        }
        assertWeights(network.tensors(), weights, 1e-4, 1);
        close();
      });
    }
  });
});
