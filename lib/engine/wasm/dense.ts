import type { ColumnSpecs } from '../../arena.ts';
import { activations, type KernelLayout, type Kernels } from './kernels.ts';
import type { Activation, Block, Layer } from './layer.ts';
import type { ParameterPlan } from './parameters.ts';

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

/** The packed weights of one layer. @param hasBackward whether gradients go back through it */
export function panelColumns(
  shape: Pick<DenseShape, 'outputs' | 'inputs'>,
  kernels: KernelLayout,
  hasBackward = true,
): ColumnSpecs {
  const weights = paddedSize(shape, kernels.rows());
  return { panels: ['f32', weights], panelsTransposed: ['f32', hasBackward ? weights : 0] };
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

/** Makes room for a layer's weights and bias, which it names nothing in. */
export function planDense(
  plan: ParameterPlan,
  sizes: Pick<DenseShape, 'outputs' | 'inputs' | 'activation'>,
  rows: number,
): DenseShape {
  const weights = plan.reserve(paddedSize(sizes, rows));
  return { ...sizes, weights, bias: plan.reserve(padTo(sizes.outputs, rows)) };
}

/** Names rows `from` … `from + count` − 1 of a layer `name.weight` [count, inputs] and `name.bias` [count]. */
export function nameRows(
  plan: ParameterPlan,
  { inputs, weights, bias }: DenseShape,
  {
    name,
    from,
    count,
    gain,
    order,
  }: Readonly<{ name: string; from: number; count: number; gain: number; order?: Int32Array }>,
  rows: number,
): void {
  const pitch = padTo(inputs, rows);
  plan.add(
    {
      name: `${name}.weight`,
      shape: [count, inputs],
      at: weights + from * pitch,
      rows: count,
      columns: inputs,
      pitch,
      initial: { gain },
      order,
    },
    {
      name: `${name}.bias`,
      shape: [count],
      at: bias + from,
      rows: 1,
      columns: count,
      pitch: count,
      initial: { constant: 0 },
    },
  );
}

/** y = act(W x + b). */
export class DenseLayer implements Layer {
  readonly shape: DenseShape;
  readonly output: Block;
  readonly gradient: number;
  readonly #kernels: Kernels;
  readonly #parameters: number;
  readonly #panels: number;
  readonly #panelsTransposed: number | undefined;
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
    const { panelsTransposed } = columns;
    this.#panelsTransposed = panelsTransposed.length > 0 ? panelsTransposed.byteOffset : undefined;
    this.#code = activations[shape.activation];
    this.gradient = columns.dy.byteOffset;
    this.output = {
      pointer: columns.y.byteOffset,
      slopes: columns.slopes.length > 0 ? columns.slopes.byteOffset : 0,
      activation: shape.activation,
    };
  }

  pack(): void {
    const { outputs, inputs, weights } = this.shape;
    const pointer = this.#parameters + 4 * weights;
    this.#kernels.pack(pointer, this.#panels, outputs, inputs);
    if (this.#panelsTransposed !== undefined)
      this.#kernels.packTransposed(pointer, this.#panelsTransposed, outputs, inputs);
  }

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

  backwardInput(input: Block, gradient: number, n: number): void {
    const { outputs, inputs } = this.shape;
    if (this.#panelsTransposed === undefined)
      throw new TypeError('backwardInput: expected a layer that gradients go back through');
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
