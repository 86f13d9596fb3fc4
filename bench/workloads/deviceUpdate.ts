import { Arena, bytesOf } from '../../lib/arena.ts';
import type { Backend } from '../../lib/engine/tensorflow/backends.ts';
import { Device } from '../../lib/engine/tensorflow/device.ts';
import { SpecPolicy } from '../../lib/engine/tensorflow/specPolicy.ts';
import { TfPpoLearner } from '../../lib/engine/tensorflow/tfPpoLearner.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../../lib/engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from '../../lib/engine/wasm/kernels.ts';
import { after } from '../../lib/workers/crew.ts';
import { config, fillRollout, rolloutColumns } from './rollout.ts';
import type { OpenOptions, OpenWorkload } from './workload.ts';

/** Updates before a device that computes later is waited for, as PPO does it: 4 epochs of 4 minibatches. */
const UPDATES = 16;

/** The same update of one minibatch by TensorFlow.js, observations and all else being given to the device each time. */
export async function openDeviceUpdate(
  options: ActorCriticOptions,
  samples: number,
  { deterministic }: OpenOptions,
  backend?: Backend,
): Promise<OpenWorkload> {
  const columns = rolloutColumns(options, samples);
  const layout = layoutOf(chooseBuild(deterministic));
  const bytes = bytesOf(columns) + bytesOf(ActorCritic.columns(options, layout));
  const arena = new Arena(bytes, { deterministic });
  const network = new ActorCritic(options, arena).initialize(1);
  const minibatch = fillRollout(arena, arena.take(columns), options, samples);
  const device = await Device.open(backend);
  const learner = new TfPpoLearner(device, new SpecPolicy(device, options), network, config, () => 0);
  const isLater = device.backend !== 'wasm' && device.backend !== 'cpu';
  const updateAll = () => {
    for (let i = 0; i < UPDATES; i++) learner.update(minibatch);
    return after(learner.publish(), () => UPDATES * samples);
  };
  const updateOnce = () => after(learner.update(minibatch), () => samples);
  return {
    engine: `tensorflow:${device.backend}`,
    adapter: device.adapter,
    unit: isLater ? updateAll : updateOnce,
    close: () => learner.close(),
  };
}
