import type { Block, Layer } from './layer.ts';

/** Layers on top of one another; none: what goes in comes out. */
export class Tower {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  get head(): Layer {
    return this.layers[this.layers.length - 1];
  }

  /** Pointer to the gradient of what it puts out, before the activation; 0: it has no layers. */
  get gradient(): number {
    return this.layers.length > 0 ? this.head.gradient : 0;
  }

  /** What its head reads for such an input, once it has been computed. */
  features(input: Block): Block {
    const { length } = this.layers;
    return length > 1 ? this.layers[length - 2].output : input;
  }

  /** What it puts out for such an input, once it has been computed. */
  output(input: Block): Block {
    return this.layers.length > 0 ? this.head.output : input;
  }

  forward(input: Block, n: number, training: boolean): Block {
    let below = input;
    for (const layer of this.layers) {
      layer.forward(below, n, training);
      below = layer.output;
    }
    return below;
  }

  /**
   * From the gradient of the head, which must have been written, adds to all weights' gradients.
   *
   * @param inputGradient where the gradient of the layer below goes, a pointer; 0: it is not wanted
   */
  backward(input: Block, gradients: number, n: number, inputGradient = 0): void {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l];
      const lower = l > 0 ? this.layers[l - 1] : undefined;
      const below = lower?.output ?? input;
      layer.backwardWeights(below, gradients, n);
      const gradient = lower?.gradient ?? inputGradient;
      if (gradient !== 0) layer.backwardInput(below, gradient, n);
    }
  }
}
