import { assertClose } from './golden.ts';
import { assertClipped, assertLosses, assertWeights, cases, open } from './ppoCase.ts';

describe('golden: the PPO loss against PyTorch', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { kind, config, grads_total, grad_norm, adam } = data;
      const title = `case ${index} (${kind}), ${build}`;

      for (const [suffix, dualClip] of [
        ['', 0],
        ['_dual_clip', config.dual_clip],
      ] as const) {
        it(`${title}: losses${suffix}`, () => {
          const losses = open(data, build === 'simd', { dualClip }).update();
          assertLosses(losses, data, suffix);
        });
      }

      it(`${title}: gradients with dual clip`, () => {
        const { learner, update } = open(data, build === 'simd', { dualClip: config.dual_clip });
        update();
        assertWeights(learner.gradients, data.grads_total_dual_clip, 1e-4, grad_norm);
      });

      it(`${title}: gradients, their norm, and the clipped gradients`, () => {
        const { learner, update } = open(data, build === 'simd');
        const { gradNorm } = update();
        assertClose([gradNorm], [grad_norm], 1e-5, 'gradNorm');
        assertWeights(learner.gradients, grads_total, 1e-4, grad_norm);
        assertClipped(learner.save(), data);
      });

      it(`${title}: ${adam.steps} Adam steps`, () => {
        const { actorCritic, update } = open(data, build === 'simd');
        for (const { loss, grad_norm: norm } of adam.history) {
          const losses = update();
          assertClose([losses.loss], [loss], 2e-5, 'loss', 1);
          assertClose([losses.gradNorm], [norm], 1e-4, 'gradNorm');
        }
        assertWeights(actorCritic.tensors(), adam.weights, 1e-5, 1);
      });
    }
  }
});
