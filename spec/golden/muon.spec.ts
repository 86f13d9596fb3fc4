import { Optimizer } from '../../lib/engine/wasm/optimizer.ts';
import { assignTensors, type Segment } from '../../lib/engine/wasm/parameters.ts';
import { assertClose } from './golden.ts';
import { assertWeights, type Case, cases, open } from './ppoCase.ts';

/** The reference takes a Gaussian's log-deviations as a matrix of one row, which Muon makes a difference for. */
function asTheirs(segment: Segment): Segment {
  return segment.name === 'logStd' ? { ...segment, shape: [1, ...segment.shape] } : segment;
}

/** Muon on the gradients of a case, clipped as the reference does it; the learner's own steps are 0. */
function openMuon(data: Case, deterministic: boolean) {
  const { momentum, weight_decay, lr } = data.muon;
  const { actorCritic: network, learner, update } = open(data, deterministic, { learningRate: 0 });
  const { arena, parameters } = network;
  const { gradients } = arena.take({ gradients: ['f32', parameters.length] });
  const config = { kind: 'muon', beta1: momentum, beta2: 0, eps: 1, weightDecay: weight_decay } as const;
  const optimizer = new Optimizer(arena, parameters, network.segments.map(asTheirs), config);
  return {
    network,
    step() {
      const losses = update();
      assignTensors(network.segments, learner.gradients, gradients);
      const scale = Math.min(1, data.config.max_grad_norm / (losses.gradNorm + 1e-6));
      optimizer.step(gradients.byteOffset, scale, lr);
      network.pack();
      return losses;
    },
  };
}

describe('golden: Muon against PufferLib (Adam: see the PPO loss)', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { history, weights } = data.muon;
      it(`case ${index} (${data.kind}), ${build}: ${history.length} steps`, () => {
        const { network, step } = openMuon(data, build === 'simd');
        for (const expected of history) {
          const losses = step();
          assertClose([losses.loss], [expected.loss], 1e-4, 'loss', 1);
          assertClose([losses.gradNorm], [expected.grad_norm], 1e-3, 'gradNorm');
        }
        assertWeights(network.tensors(), weights, 1e-4, 1);
      });
    }
  }
});
