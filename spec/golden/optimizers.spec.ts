import { Optimizer, type OptimizerConfig } from '../../lib/engine/wasm/optimizer.ts';
import { assignTensors, type Segment } from '../../lib/engine/wasm/parameters.ts';
import { assertClose } from './golden.ts';
import { assertWeights, type Case, cases, open } from './ppoCase.ts';

/** The reference takes a Gaussian's log-deviations as a matrix of one row, which Muon makes a difference for. */
function asTheirs(segment: Segment): Segment {
  return segment.name === 'logStd' ? { ...segment, shape: [1, ...segment.shape] } : segment;
}

/** Steps of an optimizer by the gradients of a case, clipped as the reference does it; the learner's own steps are 0. */
function steps(data: Case, deterministic: boolean, config: OptimizerConfig, learningRate: number) {
  const { actorCritic: network, learner, update } = open(data, deterministic, { learningRate: 0 });
  const { arena, parameters } = network;
  const gradients = arena.take({ gradients: ['f32', parameters.length] }).gradients;
  const optimizer = new Optimizer(arena, parameters, network.segments.map(asTheirs), config);
  return {
    network,
    step() {
      const losses = update();
      assignTensors(network.segments, learner.gradients, gradients);
      const scale = Math.min(1, data.config.max_grad_norm / (losses.gradNorm + 1e-6));
      optimizer.step(gradients.byteOffset, scale, learningRate);
      network.pack();
      return losses;
    },
  };
}

describe('golden: optimizers against PyTorch and PufferLib', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { adam, muon } = data;
      const [beta1, beta2] = adam.betas;
      for (const [kind, { lr, history, weights }, tolerance, config] of [
        ['adam', adam, 1e-5, { beta1, beta2, eps: adam.eps, weightDecay: 0 }],
        ['muon', muon, 1e-3, { beta1: muon.momentum, beta2, eps: adam.eps, weightDecay: muon.weight_decay }],
      ] as const) {
        it(`case ${index} (${data.kind}), ${build}: ${history.length} steps of ${kind}`, () => {
          const { network, step } = steps(data, build === 'simd', { kind, ...config }, lr);
          for (const expected of history) {
            const losses = step();
            assertClose([losses.loss], [expected.loss], 2 * tolerance, 'loss', 1);
            assertClose([losses.gradNorm], [expected.grad_norm], 10 * tolerance, 'gradNorm');
          }
          assertWeights(network.tensors(), weights, tolerance, 1);
        });
      }
    }
  }
});
