import { configure, defaultsOf, type PartialConfig } from '../../lib/config.ts';
import type { ActorCriticOptions } from '../../lib/engine/wasm/actorCriticOptions.ts';
import { networkSchema } from '../../lib/network.ts';
import { box } from '../../lib/space/box.ts';

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

/** Mnih et al.'s network (Nature 2015) for images of Atari games, with a critic. */
function nature(): ActorCriticOptions {
  const observation = box(0, 255, [84, 84, 4], 'u8');
  const network = {
    convolutions: [
      { channels: 32, kernel: 8, stride: 4 },
      { channels: 64, kernel: 4, stride: 2 },
      { channels: 64, kernel: 3, stride: 1 },
    ],
    hidden: [512],
    activation: 'relu' as const,
    shared: true,
  };
  return { ...options(observation.size, 4, network), observation };
}

/** The networks of BASELINES.md, and one for images. */
export const networks = {
  W1: options(4, 2, { hidden: [64, 64], activation: 'tanh', shared: false }),
  W1s: options(4, 2, { hidden: [64, 64], activation: 'tanh', shared: true }),
  W2: options(118, 4, { hidden: [128], activation: 'relu', shared: true }),
  W3: options(64, 4, { hidden: [512, 512], activation: 'relu', shared: true }),
  nature: nature(),
} as const;

export type NetworkName = keyof typeof networks;
