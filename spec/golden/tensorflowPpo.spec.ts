import { forEachDevice } from './engines.ts';
import { assertClose } from './golden.ts';
import { assertWeights, cases } from './ppoCase.ts';
import { openOn } from './tensorflowCase.ts';

describe('golden: the PPO loss on TensorFlow against PyTorch', function () {
  this.timeout(120_000);
  forEachDevice((_, device) => {
    for (const [index, data] of cases.entries()) {
      const { kind, config, outputs, grads_total, grad_norm, grads_clipped, adam } = data;
      const title = `case ${index} (${kind})`;

      for (const [suffix, dualClip, gradients] of [
        ['', 0, grads_total],
        ['_dual_clip', config.dual_clip, data.grads_total_dual_clip],
      ] as const) {
        it(`${title}: losses and gradients${suffix}`, async () => {
          const { learner, update } = openOn(device(), data, { dualClip });
          const losses = await update();
          const expected = {
            policyLoss: outputs[`policy_loss${suffix}`],
            valueLoss: config.clip_vloss ? outputs.value_loss_clipped : outputs.value_loss_unclipped,
            entropy: outputs.entropy,
            approxKl: outputs.approx_kl,
            oldApproxKl: outputs.old_approx_kl,
            clipFraction: outputs.clipfrac,
            loss: outputs[`total_loss${suffix}`],
          };
          for (const [name, value] of Object.entries(expected))
            assertClose([losses[name]], [value], 1e-5, name, 1);
          assertWeights(await learner.gradients(), gradients, 1e-4, grad_norm);
          learner.close();
        });
      }

      it(`${title}: the gradients' norm, and the clipped gradients`, async () => {
        const { learner, update } = openOn(device(), data);
        const { gradNorm } = await update();
        assertClose([gradNorm], [grad_norm], 1e-5, 'gradNorm');
        // After one step of Adam the first moment is (1 − β₁) times the clipped gradient.
        const { tensors } = learner.save();
        const moments = Object.entries(tensors).filter(([name]) => name.startsWith('m.'));
        const clipped = moments.map(([name, { shape, data: m }]) => {
          const gradient = Float32Array.from(m as Float32Array, (value) => value / (1 - adam.betas[0]));
          return [name.slice(2), { shape, data: gradient }] as const;
        });
        const scale = Math.min(grad_norm, config.max_grad_norm);
        assertWeights(Object.fromEntries(clipped), grads_clipped, 1e-4, scale);
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
