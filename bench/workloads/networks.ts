import { configure, defaultsOf, type PartialConfig } from '../../lib/config.ts';
import type { ActorCriticOptions } from '../../lib/engine/wasm/actorCriticOptions.ts';
import { networkSchema } from '../../lib/network.ts';

function options(
  inputs: number,
  choices: number,
  network: PartialConfig<typeof networkSchema>,
): ActorCriticOptions {
  return {
    inputs,
    choices: [choices],
    network: configure(networkSchema, network, defaultsOf(networkSchema)),
  };
}

/** The networks of BASELINES.md. */
export const networks = {
  W1: options(4, 2, { hidden: [64, 64], activation: 'tanh', shared: false }),
  W1s: options(4, 2, { hidden: [64, 64], activation: 'tanh', shared: true }),
  W2: options(118, 4, { hidden: [128], activation: 'relu', shared: true }),
  W3: options(64, 4, { hidden: [512, 512], activation: 'relu', shared: true }),
} as const;

export type NetworkName = keyof typeof networks;
