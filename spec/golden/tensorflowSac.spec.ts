import type { Device } from '../../lib/engine/tensorflow/device.ts';
import { TfSacLearner } from '../../lib/engine/tensorflow/sac/tfSacLearner.ts';
import type { Tensor } from '../../lib/nouns.ts';
import { forEachDevice } from './engines.ts';
import { assertClose } from './golden.ts';
import { assertLosses, assertTensors, type Case, cases, named, normOf, openCase } from './sacCase.ts';

/** The case's networks, a learner of them on the device, and an update. */
function openOn(device: Device, data: Case, scale: number) {
  const opened = openCase(
    data,
    true,
    scale,
    (actor, critic, config, noise) => new TfSacLearner(device, actor, critic, config, () => 0, { noise }),
  );
  const { learner, minibatch } = opened;
  const update = async () => {
    await learner.update(minibatch);
    return learner.publish();
  };
  return { ...opened, update };
}

/** After one step of Adam the first moments are (1 − β₁) times the gradients. */
function gradientsOf(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const moments = Object.entries(tensors).filter(([name]) => name.startsWith('optimizer.m.'));
  return Object.fromEntries(
    moments.map(([name, { shape, data }]) => [
      name.slice('optimizer.m.'.length),
      { shape, data: Float32Array.from(data as Float32Array, (m) => m / 0.1) },
    ]),
  );
}

describe('golden: soft actor-critic on TensorFlow against PyTorch', function () {
  this.timeout(60_000);
  forEachDevice((_, device) => {
    for (const [index, data] of cases.entries()) {
      const { isolated, after_one_update: after } = data;

      it(`case ${index}: losses and gradients by the weights as they are`, async () => {
        const { learner, update } = openOn(device(), data, 0);
        const losses = await update();
        assertLosses(losses, data);
        const { grad_qf1, grad_qf2, grad_actor } = isolated;
        const gradients = gradientsOf(learner.save().tensors);
        assertTensors(gradients, named('qf1', grad_qf1), 1e-4, normOf(grad_qf1));
        assertTensors(gradients, named('qf2', grad_qf2), 1e-4, normOf(grad_qf2));
        assertTensors(gradients, named('actor', grad_actor), 1e-4, normOf(grad_actor));
        learner.close();
      });

      it(`case ${index}: one update of all weights`, async () => {
        const { learner, actor, update } = openOn(device(), data, 1);
        const losses = await update();
        assertClose([losses.actorLoss], [after.actor_loss], 2e-5, 'actorLoss', 1);
        assertClose([losses.alphaLoss], [after.alpha_loss], 2e-5, 'alphaLoss', 1);
        const { weights } = after;
        const { tensors } = learner.save();
        assertTensors(actor.tensors(), named('actor', weights.actor), 1e-5, 1);
        for (const name of ['qf1', 'qf2'] as const) {
          assertTensors(tensors, named(name, weights[name]), 1e-5, 1);
          assertTensors(tensors, named(`target.${name}`, weights[`${name}_target`]), 1e-6, 1);
        }
        assertClose([tensors.logAlpha.data[0]], [weights.log_alpha], 1e-6, 'log_alpha');
        learner.close();
      });
    }
  });
});
