import type { ColumnSpecs } from '../../arena.ts';
import { padTo } from './dense.ts';
import { activations, type KernelLayout, type Kernels } from './kernels.ts';
import type { Activation, Block, Layer } from './layer.ts';
import type { ParameterPlan } from './parameters.ts';

/** Sizes of a layer norm, and where its parameters lie in their vector, in floats. */
export interface LayerNormShape {
  readonly features: number;
  readonly activation: Activation;
  /** Offset of g [features], padded. */
  readonly gain: number;
  /** Offset of b [features], padded. */
  readonly bias: number;
}

/**
 * y = act(g ⊙ (x − mean) / √(variance + 1e-5) + b), mean and variance over the features of a sample.
 *
 * @see arXiv:1607.06450
 */
export class LayerNormLayer implements Layer {
  readonly shape: LayerNormShape;
  readonly output: Block;
  readonly gradient: number;
  readonly #kernels: Kernels;
  readonly #gain: number;
  readonly #bias: number;
  readonly #statistics: number;

  /** Makes room for g and b, and names them `name.weight` [features], which begins as 1, and `name.bias` [features]. */
  static plan(
    plan: ParameterPlan,
    { features, activation, name, order }: LayerNormSpec,
    rows: number,
  ): LayerNormShape {
    const vector = (part: string, constant: number) => {
      const at = plan.reserve(padTo(features, rows));
      plan.add({
        name: `${name}.${part}`,
        shape: [features],
        at,
        rows: 1,
        columns: features,
        pitch: features,
        initial: { constant },
        order,
      });
      return at;
    };
    return { features, activation, gain: vector('weight', 1), bias: vector('bias', 0) };
  }

  /** What it writes in a pass: outputs, their slopes and gradients, mean and 1 / deviation of each sample. */
  static blockColumns({ features, activation }: LayerNormShape, kernels: KernelLayout): ColumnSpecs {
    const block = padTo(features, kernels.rows()) * kernels.stride();
    return {
      y: ['f32', block],
      dy: ['f32', block],
      slopes: ['f32', activation === 'gelu' ? block : 0],
      statistics: ['f32', padTo(2, kernels.rows()) * kernels.stride()],
    };
  }

  /** @param parameters pointer of the parameter vector; @param columns taken by `blockColumns` */
  constructor(
    shape: LayerNormShape,
    kernels: Kernels,
    parameters: number,
    columns: Readonly<Record<string, { readonly byteOffset: number; readonly length: number }>>,
  ) {
    this.shape = shape;
    this.#kernels = kernels;
    this.#gain = parameters + 4 * shape.gain;
    this.#bias = parameters + 4 * shape.bias;
    this.#statistics = columns.statistics.byteOffset;
    this.gradient = columns.dy.byteOffset;
    this.output = {
      pointer: columns.y.byteOffset,
      slopes: columns.slopes.length > 0 ? columns.slopes.byteOffset : 0,
      activation: shape.activation,
    };
  }

  /** There is nothing to pack. */
  pack(): void {}

  forward(input: Block, n: number, training: boolean): void {
    const { features, activation } = this.shape;
    this.#kernels.layerNormForward(
      input.pointer,
      this.#gain,
      this.#bias,
      this.output.pointer,
      training ? this.output.slopes : 0,
      this.#statistics,
      features,
      n,
      activations[activation],
    );
  }

  backwardWeights(input: Block, gradients: number, n: number): void {
    const { features, gain, bias } = this.shape;
    this.#kernels.layerNormBackwardWeights(
      input.pointer,
      this.#statistics,
      this.gradient,
      gradients + 4 * gain,
      gradients + 4 * bias,
      features,
      n,
    );
  }

  backwardInput(input: Block, gradient: number, n: number): void {
    const { features } = this.shape;
    this.#kernels.layerNormBackwardInput(
      input.pointer,
      this.#statistics,
      this.#gain,
      this.gradient,
      gradient,
      features,
      n,
    );
    this.#kernels.multiplySlopes(
      gradient,
      input.pointer,
      input.slopes,
      features,
      n,
      activations[input.activation],
    );
  }
}

/** What a layer norm is made of; its tensors are `name.weight` and `name.bias`. */
export interface LayerNormSpec extends Pick<LayerNormShape, 'features' | 'activation'> {
  readonly name: string;
  /** Where features lie, if the tensors have another order. */
  readonly order?: Int32Array;
}
