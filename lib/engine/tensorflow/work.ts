import { ActorCritic } from '../wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../wasm/actorCriticOptions.ts';
import { imageOf } from '../wasm/networkPlan.ts';

/** Multiplications by weights on the way of an observation through a network. */
export function countProducts(options: ActorCriticOptions): number {
  const { convolutions } = options.network;
  let positions: number[] = [];
  if (convolutions.length > 0) {
    let { height, width } = imageOf(options);
    positions = convolutions.map(({ kernel, stride }) => {
      height = Math.floor((height - kernel) / stride) + 1;
      width = Math.floor((width - kernel) / stride) + 1;
      return height * width;
    });
  }
  let products = 0;
  let layer = 0;
  for (const shape of Object.values(ActorCritic.shapes(options))) {
    // Convolutions come first in each trunk, and their weights alone have four dimensions.
    const times = shape.length === 4 ? positions[layer++ % positions.length] : 1;
    if (shape.length > 1) products += times * shape.reduce((size, length) => size * length, 1);
  }
  return products;
}
