import type { DenseShape } from '../dense.ts';
import { activations, type Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { Places } from './memory.ts';

/** Sizes of a product, and where its weights lie in the parameter vector, in floats. */
export type ProductShape = Pick<DenseShape, 'outputs' | 'inputs' | 'weights'> &
  Partial<Pick<DenseShape, 'bias'>>;

/** y = W x + b between blocks that the caller names: what a dense layer is without blocks of its own. */
export class Product {
  readonly #shape: ProductShape;
  readonly #kernels: Kernels;
  readonly #parameters: number;
  readonly #panels: number;
  readonly #panelsTransposed: number;
  readonly #columns: Places;

  /**
   * @param parameters pointer of the parameter vector; @param columns taken by `panelColumns`, and where there is no bias
   * among the parameters, `bias`, zeros, and `dBias`, [outputs, padded]
   */
  constructor(shape: ProductShape, kernels: Kernels, parameters: number, columns: Places) {
    this.#shape = shape;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#panels = columns.panels.byteOffset;
    this.#panelsTransposed = columns.panelsTransposed.byteOffset;
    this.#columns = columns;
  }

  pack(): void {
    const { outputs, inputs, weights } = this.#shape;
    const pointer = this.#parameters + 4 * weights;
    this.#kernels.pack(pointer, this.#panels, outputs, inputs);
    this.#kernels.packTransposed(pointer, this.#panelsTransposed, outputs, inputs);
  }

  forward(x: number, y: number, n: number): void {
    const { outputs, inputs, bias } = this.#shape;
    const b = bias === undefined ? this.#columns.bias.byteOffset : this.#parameters + 4 * bias;
    this.#kernels.denseForward(x, this.#panels, b, y, 0, outputs, inputs, n, activations.linear);
  }

  /** Adds to the weights' gradients, a vector like the parameters at `gradients`. */
  backwardWeights(x: number, dy: number, gradients: number, n: number): void {
    const { outputs, inputs, weights, bias } = this.#shape;
    const dWeights = gradients + 4 * weights;
    const dBias = bias === undefined ? this.#columns.dBias.byteOffset : gradients + 4 * bias;
    this.#kernels.denseBackwardWeights(x, dy, dWeights, dBias, outputs, inputs, n);
  }

  /** dx = Wᵀ dy, times the slopes of the activation that has made x. */
  backwardInput({ pointer, slopes, activation }: Block, dy: number, dx: number, n: number): void {
    const { outputs, inputs } = this.#shape;
    this.#kernels.denseBackwardInput(
      dy,
      this.#panelsTransposed,
      dx,
      pointer,
      slopes,
      outputs,
      inputs,
      n,
      activations[activation],
    );
  }
}
