import { type ActorCriticOptions, policyOutputs } from './wasm/actorCriticOptions.ts';
import { imageOf } from './wasm/networkPlan.ts';
import type { SacOptions } from './wasm/sac/sacOptions.ts';

export interface Flops {
  /** To act on a sample: the forward pass. */
  readonly infer: number;
  /** To learn from a sample: forward, the weights' gradients, and the gradients of all inputs but the observation. */
  readonly update: number;
}

/**
 * Counts the floating-point operations of an actor-critic network, with a memory or not, for one sample: multiply and add
 * as two, elementwise work (biases, activations, gates, the loss, the optimizer) not at all.
 */
export function countFlops(options: ActorCriticOptions): Flops {
  const { hidden, shared, memory } = options.network;
  const outputs = policyOutputs(options);
  const { inputs, layers } = countConvolutions(options);
  const trunk = (...above: readonly number[]) =>
    total([...layers, tower([inputs, ...hidden, ...above], layers.length > 0)]);
  if (memory.kind === 'none')
    return total((shared ? [outputs + 1] : [outputs, 1]).map((head) => trunk(head)));
  const { ofInput, ofState } = memoryProducts(memory, hidden.at(-1) ?? inputs);
  return total([
    trunk(),
    withGradients(ofInput, hidden.length + layers.length > 0),
    withGradients(ofState, true),
    withGradients(product(memory.units, outputs + 1), true),
  ]);
}

/**
 * Those of an update of soft actor-critic for one sample: next actions and what the targets say of them, both critics'
 * steps, the actor's through both critics. A third look at the actor, by which alpha is learned, is not counted: the
 * actions of its step would do.
 */
export function countSacFlops({ inputs, low, network: { hidden } }: SacOptions): number {
  const size = low.length;
  const actor = tower([inputs, ...hidden, 2 * size]);
  const critic = tower([inputs + size, ...hidden, 1]);
  // The actor's gradient comes through the critics' inputs, their own weights being left alone.
  const through = 2 * critic.infer;
  const targets = actor.infer + 2 * critic.infer;
  return targets + 2 * critic.update + actor.update + 2 * through;
}

/** The convolutions, and how many features the dense layers read. */
function countConvolutions(options: ActorCriticOptions): { inputs: number; layers: readonly Flops[] } {
  const { inputs, network } = options;
  if (network.convolutions.length === 0) return { inputs, layers: [] };
  let { height, width, channels: below } = imageOf(options);
  const layers = network.convolutions.map(({ channels, kernel, stride }, l) => {
    height = Math.floor((height - kernel) / stride) + 1;
    width = Math.floor((width - kernel) / stride) + 1;
    const patches = height * width * product(kernel * kernel * below, channels);
    below = channels;
    return withGradients(patches, l > 0);
  });
  return { inputs: height * width * below, layers };
}

/** Dense layers of such sizes; the first size is that of the observation, or of what lies between. */
function tower(sizes: readonly number[], isAbove = false): Flops {
  return total(
    sizes.slice(1).map((outputs, l) => withGradients(product(sizes[l], outputs), isAbove || l > 0)),
  );
}

/** A product whose input has a gradient, or has none. */
function withGradients(infer: number, hasInputGradient: boolean): Flops {
  return { infer, update: (hasInputGradient ? 3 : 2) * infer };
}

function product(inputs: number, outputs: number): number {
  return 2 * inputs * outputs;
}

function total(parts: readonly Flops[]): Flops {
  const sum = (of: keyof Flops) => parts.reduce((flops, part) => flops + part[of], 0);
  return { infer: sum('infer'), update: sum('update') };
}

/** The gates' products with what comes in, and with the state; where they do not see it, with the layers below. */
function memoryProducts({ kind, units, layers }: ActorCriticOptions['network']['memory'], inputs: number) {
  const gates = (kind === 'lstm' ? 4 : 3) * units;
  const above = kind === 'minGru' ? layers - 1 : 1;
  return { ofInput: product(inputs, gates), ofState: above * product(units, gates) };
}
