import { type ActorCriticOptions, countChoices } from '../lib/engine/wasm/actorCriticOptions.ts';

export interface Flops {
  /** To act on a sample: the forward pass. */
  readonly infer: number;
  /** To learn from a sample: forward, the weights' gradients, and the gradients of all inputs but the observation. */
  readonly update: number;
}

/**
 * Counts the floating-point operations of an actor-critic network for one sample: multiply and add as two, elementwise
 * work (biases, activations, the loss, the optimizer) not at all.
 */
export function countFlops(options: ActorCriticOptions): Flops {
  const { inputs, network } = options;
  const { hidden, shared } = network;
  const choices = countChoices(options);
  const towers = shared ? [choices + 1] : [choices, 1];
  let forward = 0;
  let inputGradients = 0;
  for (const outputs of towers) {
    const sizes = [inputs, ...hidden, outputs];
    for (let l = 1; l < sizes.length; l++) {
      const products = 2 * sizes[l - 1] * sizes[l];
      forward += products;
      if (l > 1) inputGradients += products;
    }
  }
  return { infer: forward, update: 2 * forward + inputGradients };
}
