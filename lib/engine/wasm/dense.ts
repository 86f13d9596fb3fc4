import type { ColumnSpecs } from '../../arena.ts';
import { activations, type KernelLayout, type Kernels } from './kernels.ts';

export type Activation = keyof typeof activations;

/** Sizes of a layer, and where its weights lie in the parameter vector, in floats. */
export interface DenseShape {
  readonly outputs: number;
  readonly inputs: number;
  readonly activation: Activation;
  /** Offset of W [outputs, inputs], padded. */
  readonly weights: number;
  /** Offset of b [outputs], padded. */
  readonly bias: number;
}

/** Pointers to a block buffer and, for GELU, to its slopes (0: none). */
export interface Block {
  readonly pointer: number;
  readonly slopes: number;
  readonly activation: Activation;
}

/** The packed weights of one layer. */
export function panelColumns(shape: DenseShape, kernels: KernelLayout): ColumnSpecs {
  const weights = paddedSize(shape, kernels.rows());
  return { panels: ['f32', weights], panelsTransposed: ['f32', weights] };
}

/** What one layer writes in a pass: its outputs, their slopes and gradients. */
export function blockColumns(shape: DenseShape, kernels: KernelLayout): ColumnSpecs {
  const block = padTo(shape.outputs, kernels.rows()) * kernels.stride();
  return {
    y: ['f32', block],
    dy: ['f32', block],
    slopes: ['f32', shape.activation === 'gelu' ? block : 0],
  };
}

export function padTo(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** Floats of W, padded. */
export function paddedSize(
  { outputs, inputs }: Pick<DenseShape, 'outputs' | 'inputs'>,
  rows: number,
): number {
  return padTo(outputs, rows) * padTo(inputs, rows);
}

/** y = act(W x + b), forwards and backwards, a block at a time: composes kernels, computes nothing itself. */
export class DenseLayer {
  readonly shape: DenseShape;
  /** What it has computed. */
  readonly output: Block;
  /** Gradient of the loss by y before the activation. */
  readonly gradient: number;
  readonly #kernels: Kernels;
  readonly #parameters: number;
  readonly #panels: number;
  readonly #panelsTransposed: number;
  readonly #code: number;

  /** @param parameters pointer of the parameter vector; @param columns taken by `panelColumns` and `blockColumns` */
  constructor(
    shape: DenseShape,
    kernels: Kernels,
    parameters: number,
    columns: Readonly<Record<string, { readonly byteOffset: number; readonly length: number }>>,
  ) {
    this.shape = shape;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#panels = columns.panels.byteOffset;
    this.#panelsTransposed = columns.panelsTransposed.byteOffset;
    this.#code = activations[shape.activation];
    this.gradient = columns.dy.byteOffset;
    this.output = {
      pointer: columns.y.byteOffset,
      slopes: columns.slopes.length > 0 ? columns.slopes.byteOffset : 0,
      activation: shape.activation,
    };
  }

  /** Packs the weights as the kernels want them; to be called when they have changed. */
  pack(): void {
    const { outputs, inputs, weights } = this.shape;
    const pointer = this.#parameters + 4 * weights;
    this.#kernels.pack(pointer, this.#panels, outputs, inputs);
    this.#kernels.packTransposed(pointer, this.#panelsTransposed, outputs, inputs);
  }

  /** @param training also computes what the way back needs */
  forward(input: Block, n: number, training: boolean): void {
    const { outputs, inputs, bias } = this.shape;
    this.#kernels.denseForward(
      input.pointer,
      this.#panels,
      this.#parameters + 4 * bias,
      this.output.pointer,
      training ? this.output.slopes : 0,
      outputs,
      inputs,
      n,
      this.#code,
    );
  }

  /** Adds to the weights' gradients, a vector like the parameters at `gradients`. */
  backwardWeights(input: Block, gradients: number, n: number): void {
    const { outputs, inputs, weights, bias } = this.shape;
    this.#kernels.denseBackwardWeights(
      input.pointer,
      this.gradient,
      gradients + 4 * weights,
      gradients + 4 * bias,
      outputs,
      inputs,
      n,
    );
  }

  /** Writes the gradient of the layer below, whose output is `input`. */
  backwardInput(input: Block, gradient: number, n: number): void {
    const { outputs, inputs } = this.shape;
    this.#kernels.denseBackwardInput(
      this.gradient,
      this.#panelsTransposed,
      gradient,
      input.pointer,
      input.slopes,
      outputs,
      inputs,
      n,
      activations[input.activation],
    );
  }
}
