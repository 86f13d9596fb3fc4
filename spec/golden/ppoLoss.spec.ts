import { assertClose } from './golden.ts';
import { assertWeights, cases, open } from './ppoCase.ts';

describe('golden: the PPO loss against PyTorch', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { kind, config, outputs, grads_total, grad_norm, grads_clipped, adam } = data;
      const title = `case ${index} (${kind}), ${build}`;

      for (const [suffix, dualClip] of [
        ['', 0],
        ['_dual_clip', config.dual_clip],
      ] as const) {
        it(`${title}: losses${suffix}`, () => {
          const losses = open(data, build === 'simd', { dualClip }).update();
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
        // After one step of Adam the first moment is (1 − β₁) times the clipped gradient.
        const { tensors } = learner.save();
        const moments = Object.entries(tensors).filter(([name]) => name.startsWith('m.'));
        const clipped = moments.map(([name, { shape, data: m }]) => {
          const gradient = Float32Array.from(m as Float32Array, (value) => value / (1 - adam.betas[0]));
          return [name.slice(2), { shape, data: gradient }] as const;
        });
        assertWeights(
          Object.fromEntries(clipped),
          grads_clipped,
          1e-4,
          Math.min(grad_norm, config.max_grad_norm),
        );
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
