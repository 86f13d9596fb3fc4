import type { ColumnSpecs } from '../../arena.ts';
import { padTo } from './dense.ts';
import type { KernelLayout, Kernels } from './kernels.ts';
import type { ParameterPlan } from './parameters.ts';

/** Sizes of the weights of exploration, and where their log-deviations lie in the parameter vector, in floats. */
export interface SdeShape {
  /** A, elements of an action. */
  readonly dimensions: number;
  /** F, what the policy's head reads. */
  readonly features: number;
  /** Offset of log σ [A, F], padded. */
  readonly logStd: number;
}

/**
 * The deviations of gSDE: noise whose weights are N(0, σ²) has, for features h, the variance Σ σ² h² + 1e-6. Gradients go to
 * log σ and not to the features, as in Stable-Baselines3 unless it is told otherwise: they are what they are for the means.
 *
 * @see arXiv:2005.05719
 */
export class SdeLayer {
  /** Pointer to the block of log-deviations. */
  readonly output: number;
  /** Pointer to the gradient of the loss by them, a block that `backward` overwrites. */
  readonly gradient: number;
  readonly #shape: SdeShape;
  readonly #kernels: Kernels;
  readonly #logStd: number;

  /** Makes room for log σ, `logStd` [A, F], and names it. */
  static plan(
    parameters: ParameterPlan,
    { dimensions, features }: Pick<SdeShape, 'dimensions' | 'features'>,
    initialLogStd: number,
    rows: number,
  ): SdeShape {
    const pitch = padTo(features, rows);
    const logStd = parameters.reserve(padTo(dimensions, rows) * pitch);
    parameters.add({
      name: 'logStd',
      shape: [dimensions, features],
      at: logStd,
      rows: dimensions,
      columns: features,
      pitch,
      initial: { constant: initialLogStd },
    });
    return { dimensions, features, logStd };
  }

  /** Columns of each member. */
  static columns({ dimensions }: SdeShape, kernels: KernelLayout): ColumnSpecs {
    const block = padTo(dimensions, kernels.rows()) * kernels.stride();
    return { y: ['f32', block], dy: ['f32', block] };
  }

  /** @param parameters pointer of the parameter vector; @param columns taken by `columns` */
  constructor(
    shape: SdeShape,
    kernels: Kernels,
    parameters: number,
    columns: Readonly<Record<string, { readonly byteOffset: number }>>,
  ) {
    this.#shape = shape;
    this.#kernels = kernels;
    this.#logStd = parameters + 4 * shape.logStd;
    this.output = columns.y.byteOffset;
    this.gradient = columns.dy.byteOffset;
  }

  /** @param features pointer to the block that the policy's head reads */
  forward(features: number, n: number): void {
    const { dimensions, features: inputs } = this.#shape;
    this.#kernels.sdeForward(features, this.#logStd, this.output, dimensions, inputs, n);
  }

  /** Adds to `gradients`, a pointer to a vector like the parameters, from what is at `gradient`. */
  backward(features: number, gradients: number, n: number): void {
    const { dimensions, features: inputs, logStd } = this.#shape;
    this.#kernels.sdeBackward(
      features,
      this.#logStd,
      this.output,
      this.gradient,
      gradients + 4 * logStd,
      dimensions,
      inputs,
      n,
    );
  }
}
