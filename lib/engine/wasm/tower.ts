import type { Block, Layer } from './layer.ts';

/** Layers on top of one another. */
export class Tower {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  get head(): Layer {
    return this.layers[this.layers.length - 1];
  }

  forward(input: Block, n: number, training: boolean): void {
    let below = input;
    for (const layer of this.layers) {
      layer.forward(below, n, training);
      below = layer.output;
    }
  }

  /** From the gradient of the head, which must have been written, adds to all weights' gradients. */
  backward(input: Block, gradients: number, n: number): void {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l];
      const lower = l > 0 ? this.layers[l - 1] : undefined;
      const below = lower?.output ?? input;
      layer.backwardWeights(below, gradients, n);
      if (lower) layer.backwardInput(below, lower.gradient, n);
    }
  }
}
