import type { Arena } from '../../arena.ts';
import type { Estimate } from '../../records.ts';
import type { Experience } from '../../replay.ts';
import type { DeviceActing, DeviceLearner, DevicePolicy, DevicePpoConfig, Engine } from '../engine.ts';
import { countFlops } from '../flops.ts';
import { ActorCritic } from '../wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../wasm/actorCriticOptions.ts';
import type { SacActor } from '../wasm/sac/sacActor.ts';
import type { SacLearnerConfig } from '../wasm/sac/sacLearner.ts';
import type { TwinCritic } from '../wasm/sac/twinCritic.ts';
import { type Backend, backends } from './backends.ts';
import { Device } from './device.ts';
import { OwnNetwork } from './ownNetwork.ts';
import { type OwnPolicy, tensorPolicy } from './ownPolicy.ts';
import { TfSacLearner } from './sac/tfSacLearner.ts';
import { SpecPolicy } from './specPolicy.ts';
import { TfAgent } from './tfAgent.ts';
import { type OwnLoss, TfPpoLearner } from './tfPpoLearner.ts';

export type { Engine } from '../engine.ts';
export type { Backend } from './backends.ts';
export type { MinibatchTensors } from './minibatchTensors.ts';
export type { OwnPolicy, PolicyModel, PolicyProgram, PolicyRequest } from './ownPolicy.ts';
export type { Outputs } from './policy.ts';
export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tf, Variable } from './tf.ts';
export type { OwnLoss } from './tfPpoLearner.ts';

export interface TensorflowOptions {
  /** Absent: the best that works here, in the order node-gpu, node, webgpu, wasm, cpu. */
  readonly backend?: Backend;
  /** PPO's policy and critic, in place of the network of the configuration. */
  readonly policy?: OwnPolicy;
  /** What PPO minimises, in place of its own loss, which it is told. */
  readonly loss?: OwnLoss;
  /**
   * Where the policy acts: on the device, or on the wasm engine, which is given the weights once an iteration. Absent: on
   * a graphics processor where so much is to be computed that it is worth waiting for it.
   */
  readonly acting?: 'wasm' | 'device';
}

/** Floating-point operations of all rows in a step that a graphics processor is worth waiting for: some milliseconds of one core. */
const WORTH_WAITING = 1e8;

/**
 * TensorFlow.js as what learns in a run: `openRun(env, ppo, {}, { engine: await tensorflow({ backend: 'wasm' }) })`.
 *
 * @throws TypeError naming an option that is unknown or has a wrong value; EngineError if it does not work here
 */
export async function tensorflow(options: TensorflowOptions = {}): Promise<Engine> {
  check(options);
  return new TensorflowEngine(await Device.open(options.backend), options);
}

function check({ backend, policy, loss, acting, ...others }: TensorflowOptions): void {
  const expect = (name: string, value: unknown, expected: readonly unknown[]) => {
    if (value === undefined || expected.includes(value)) return;
    throw new TypeError(`tensorflow: ${name}: expected one of ${expected.join(', ')}, got ${String(value)}`);
  };
  const [stray] = Object.keys(others);
  if (stray !== undefined)
    throw new TypeError(`tensorflow: expected backend, policy, loss or acting, got ${stray}`);
  expect('backend', backend, backends);
  expect('acting', acting, ['wasm', 'device']);
  expect('policy', typeof policy, ['function', 'undefined']);
  expect('loss', typeof loss, ['function', 'undefined']);
  if (policy && acting === 'wasm')
    throw new TypeError("tensorflow: expected a policy of one's own to act on the device, got acting: wasm");
}

class TensorflowEngine implements Engine {
  readonly name: string;
  readonly #device: Device;
  readonly #options: TensorflowOptions;

  constructor(device: Device, options: TensorflowOptions) {
    this.name = `tensorflow:${device.backend}`;
    this.#device = device;
    this.#options = options;
  }

  ppoLearner(network: ActorCritic, config: DevicePpoConfig, progress: () => number): DeviceLearner<Estimate> {
    const policy = new SpecPolicy(this.#device, network.options);
    return new TfPpoLearner(this.#device, policy, network, config, progress, this.#options);
  }

  sacLearner(
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
  ): DeviceLearner<Experience> {
    const { policy, loss, acting } = this.#options;
    if (policy || loss || acting === 'device')
      throw new TypeError(
        "tensorflow: policies and losses of one's own, and acting on the device, are for PPO, got SAC",
      );
    return new TfSacLearner(this.#device, actor, critic, config, progress);
  }

  /** @throws RangeError for memories, normalised observations and gSDE, where the device has to act */
  acting(options: ActorCriticOptions, rows: number): DeviceActing | undefined {
    const { policy, acting } = this.#options;
    const { memory, normalizeObservations, exploration } = options.network;
    const isPlain = memory.kind === 'none' && !normalizeObservations && exploration !== 'gsde';
    if (!isPlain && (policy || acting === 'device'))
      throw new RangeError(
        'network: what acts on the device has no memory, no gSDE, and sees observations as they are',
      );
    if (policy) return ownActing(this.#device, policy, this.#options, options);
    return isPlain && this.#isWorthWaiting(options, rows)
      ? specActing(this.#device, this.#options, options)
      : undefined;
  }

  #isWorthWaiting(options: ActorCriticOptions, rows: number): boolean {
    const { acting } = this.#options;
    if (acting) return acting === 'device';
    const { backend, isImitated } = this.#device;
    const isGraphics = (backend === 'webgpu' && !isImitated) || backend === 'node-gpu';
    return isGraphics && rows * countFlops(options).infer >= WORTH_WAITING;
  }
}

type LossOptions = Pick<TensorflowOptions, 'loss'>;

/** A network of the configuration, on the device. */
function specActing(device: Device, learning: LossOptions, options: ActorCriticOptions): DeviceActing {
  return {
    policyColumns: (kernels) => ActorCritic.columns(options, kernels),
    agentColumns: (kernels, rows) => TfAgent.columns(options, rows, kernels),
    open(arena, config, _origin, progress): DevicePolicy {
      const policy = new SpecPolicy(device, options);
      const network = new ActorCritic(options, arena);
      // What acts on the device must have what is written to the network.
      const weights = {
        initialize(seed: number, number?: number) {
          network.initialize(seed, number);
          policy.assign(network.tensors());
        },
        tensors: () => network.tensors(),
        load(tensors: Parameters<ActorCritic['load']>[0]) {
          network.load(tensors);
          policy.assign(tensors);
        },
      };
      const learner = new TfPpoLearner(device, policy, network, config, progress, learning);
      const agent = (own: Arena, rows: number, seed: number, firstRow: number) =>
        new TfAgent(device, policy, network, own, rows, seed, firstRow);
      return { network: weights, learner, ready: async () => {}, agent };
    },
  };
}

function ownActing(
  device: Device,
  make: OwnPolicy,
  learning: LossOptions,
  options: ActorCriticOptions,
): DeviceActing {
  return {
    form: 'own',
    policyColumns: (kernels) => OwnNetwork.columns(options, kernels),
    agentColumns: (kernels, rows) => TfAgent.columns(options, rows, kernels),
    open(arena, config, origin, progress): DevicePolicy {
      const policy = tensorPolicy(device, make, options, origin);
      const network = new OwnNetwork(policy, options, arena);
      const learner = new TfPpoLearner(device, policy, network, config, progress, learning);
      const agent = (own: Arena, rows: number, agentSeed: number, firstRow: number) =>
        new TfAgent(device, policy, network, own, rows, agentSeed, firstRow);
      return { network, learner, ready: () => network.read(device), agent };
    },
  };
}
