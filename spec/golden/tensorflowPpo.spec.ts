import { forEachDevice } from './engines.ts';
import { assertClose } from './golden.ts';
import { assertClipped, assertLosses, assertWeights, cases } from './ppoCase.ts';
import { openOn } from './tensorflowCase.ts';

describe('golden: the PPO loss on TensorFlow against PyTorch', function () {
  this.timeout(120_000);
  forEachDevice((_, device) => {
    for (const [index, data] of cases.entries()) {
      const { kind, config, grads_total, grad_norm, adam } = data;
      const title = `case ${index} (${kind})`;

      for (const [suffix, dualClip, gradients] of [
        ['', 0, grads_total],
        ['_dual_clip', config.dual_clip, data.grads_total_dual_clip],
      ] as const) {
        it(`${title}: losses and gradients${suffix}`, async () => {
          const { learner, update } = openOn(device(), data, { dualClip });
          const losses = await update();
          assertLosses(losses, data, suffix);
          assertWeights(await learner.gradients(), gradients, 1e-4, grad_norm);
          learner.close();
        });
      }

      it(`${title}: the gradients' norm, and the clipped gradients`, async () => {
        const { learner, update } = openOn(device(), data);
        const { gradNorm } = await update();
        assertClose([gradNorm], [grad_norm], 1e-5, 'gradNorm');
        assertClipped(learner.save(), data);
        learner.close();
      });

      it(`${title}: ${adam.steps} Adam steps`, async () => {
        const { actorCritic, learner, update } = openOn(device(), data);
        for (const { loss, grad_norm: norm } of adam.history) {
          const losses = await update();
          assertClose([losses.loss], [loss], 2e-5, 'loss', 1);
          assertClose([losses.gradNorm], [norm], 1e-4, 'gradNorm');
        }
        assertWeights(actorCritic.tensors(), adam.weights, 1e-5, 1);
        learner.close();
      });
    }
  });
});
