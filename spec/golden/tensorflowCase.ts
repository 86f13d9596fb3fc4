import type { Device } from '../../lib/engine/tensorflow/device.ts';
import { SpecPolicy } from '../../lib/engine/tensorflow/specPolicy.ts';
import { TfPpoLearner } from '../../lib/engine/tensorflow/tfPpoLearner.ts';
import type { PpoLearnerConfig } from '../../lib/engine/wasm/ppoLearner.ts';
import { type Case, open } from './ppoCase.ts';

/** The case's network, a learner of it on the device, and an update by the whole batch. */
export function openOn(device: Device, data: Case, given: Partial<PpoLearnerConfig> = {}) {
  const { actorCritic, minibatch, config } = open(data, true, given);
  const policy = new SpecPolicy(device, actorCritic.options);
  const learner = new TfPpoLearner(device, policy, actorCritic, config, () => 0);
  const update = async () => {
    await learner.update(minibatch);
    return learner.publish();
  };
  return { actorCritic, learner, update };
}
