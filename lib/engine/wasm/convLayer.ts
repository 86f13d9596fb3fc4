import type { ColumnSpecs } from '../../arena.ts';
import { padTo } from './dense.ts';
import { activations, type KernelLayout, type Kernels } from './kernels.ts';
import type { Activation, Block, Layer } from './layer.ts';
import type { ParameterPlan } from './parameters.ts';

/** An image as features of a block, in the order of a Box's elements: channels last or first. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly order: 'HWC' | 'CHW';
}

/** Sizes of a convolution without padding, and where its weights lie in the parameter vector, in floats. */
export interface ConvShape {
  readonly input: ImageShape;
  /** What it computes: channels last, whatever the input has. */
  readonly output: ImageShape;
  /** Height and width of a patch. */
  readonly kernel: number;
  /** From one patch to the next, down and across. */
  readonly stride: number;
  readonly activation: Activation;
  /** Offset of W [channels, kernel · kernel · input channels], padded. */
  readonly weights: number;
  /** Offset of b [channels], padded. */
  readonly bias: number;
}

/**
 * y = act(W * x + b): convolution (in fact correlation, as everywhere) of images that are features of a block.
 *
 * Blocks are what it costs: a block of 84 × 84 × 4 has 28224 features, 16 MB; a layer has two of its outputs' size.
 */
export class ConvLayer implements Layer {
  readonly shape: ConvShape;
  readonly output: Block;
  readonly gradient: number;
  readonly #kernels: Kernels;
  readonly #parameters: number;
  readonly #panels: number;
  readonly #panelsTransposed: number;
  readonly #offsets: number;
  readonly #positions: number;
  readonly #inputs: number;
  readonly #count: number;

  /**
   * Makes room for weights and bias, and names them `name.weight` [channels, input channels, kernel, kernel] and
   * `name.bias` [channels].
   * @throws RangeError if a patch does not fit into the image
   */
  static plan(
    plan: ParameterPlan,
    { input, channels, kernel, stride, activation, name, gain }: ConvSpec,
    rows: number,
  ): ConvShape {
    const { height, width } = input;
    if (kernel > Math.min(height, width)) {
      throw new RangeError(
        `${name}: expected an image of at least ${kernel} × ${kernel}, got ${height} × ${width}`,
      );
    }
    const inputs = kernel * kernel * input.channels;
    const pitch = padTo(inputs, rows);
    const weights = plan.reserve(padTo(channels, rows) * pitch);
    const bias = plan.reserve(padTo(channels, rows));
    plan.add(
      {
        name: `${name}.weight`,
        shape: [channels, input.channels, kernel, kernel],
        at: weights,
        rows: channels,
        columns: inputs,
        pitch,
        initial: { gain },
        order: channelsLast(input.channels, kernel * kernel),
      },
      {
        name: `${name}.bias`,
        shape: [channels],
        at: bias,
        rows: 1,
        columns: channels,
        pitch: channels,
        initial: { constant: 0 },
      },
    );
    const steps = (size: number) => Math.floor((size - kernel) / stride) + 1;
    const output = { height: steps(height), width: steps(width), channels, order: 'HWC' } as const;
    return { input, output, kernel, stride, activation, weights, bias };
  }

  /** The packed weights, and where patches lie: what all who compute share. */
  static sharedColumns(shape: ConvShape, kernels: KernelLayout): ColumnSpecs {
    const inputs = patchSize(shape);
    const { channels, height, width } = shape.output;
    return {
      panels: ['f32', padTo(channels, kernels.rows()) * inputs],
      panelsTransposed: ['f32', padTo(inputs, kernels.rows()) * channels],
      offsets: ['i32', padTo(inputs, kernels.rows())],
      positions: ['i32', height * width],
    };
  }

  /** What it writes in a pass: outputs, their slopes and gradients. */
  static blockColumns({ output, activation }: ConvShape, kernels: KernelLayout): ColumnSpecs {
    const { height, width, channels } = output;
    // The last position's rows of padding are written too.
    const features = (height * width - 1) * channels + padTo(channels, kernels.rows());
    const block = padTo(features, kernels.rows()) * kernels.stride();
    return { y: ['f32', block], dy: ['f32', block], slopes: ['f32', activation === 'gelu' ? block : 0] };
  }

  /** @param parameters pointer of the parameter vector; @param columns taken by `sharedColumns` and `blockColumns` */
  constructor(
    shape: ConvShape,
    kernels: Kernels,
    parameters: number,
    columns: Readonly<Record<string, Float32Array | Int32Array>>,
  ) {
    this.shape = shape;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#panels = columns.panels.byteOffset;
    this.#panelsTransposed = columns.panelsTransposed.byteOffset;
    this.#offsets = columns.offsets.byteOffset;
    this.#positions = columns.positions.byteOffset;
    this.#inputs = patchSize(shape);
    this.#count = columns.positions.length;
    this.gradient = columns.dy.byteOffset;
    this.output = {
      pointer: columns.y.byteOffset,
      slopes: columns.slopes.length > 0 ? columns.slopes.byteOffset : 0,
      activation: shape.activation,
    };
    writePatch(shape, kernels, columns.offsets as Int32Array, columns.positions as Int32Array);
  }

  pack(): void {
    this.#kernels.convPack(
      this.#parameters + 4 * this.shape.weights,
      this.#panels,
      this.#panelsTransposed,
      this.shape.output.channels,
      this.#inputs,
    );
  }

  forward(input: Block, n: number, training: boolean): void {
    const { output, activation, bias } = this.shape;
    this.#kernels.convForward(
      input.pointer,
      this.#offsets,
      this.#inputs,
      this.#positions,
      this.#count,
      this.#panels,
      this.#parameters + 4 * bias,
      this.output.pointer,
      training ? this.output.slopes : 0,
      output.channels,
      n,
      activations[activation],
    );
  }

  backwardWeights(input: Block, gradients: number, n: number): void {
    const { output, weights, bias } = this.shape;
    this.#kernels.convBackwardWeights(
      input.pointer,
      this.#offsets,
      this.#inputs,
      this.#positions,
      this.#count,
      this.gradient,
      gradients + 4 * weights,
      gradients + 4 * bias,
      output.channels,
      n,
    );
  }

  backwardInput(input: Block, gradient: number, n: number): void {
    const features = sizeOf(this.shape.input);
    this.#kernels.convBackwardInput(
      this.gradient,
      this.#panelsTransposed,
      this.#offsets,
      this.#inputs,
      this.#positions,
      this.#count,
      gradient,
      features,
      this.shape.output.channels,
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

/** What a convolution is made of; its tensors are `name.weight` and `name.bias`. */
export interface ConvSpec extends Pick<ConvShape, 'input' | 'kernel' | 'stride' | 'activation'> {
  /** Of the output. */
  readonly channels: number;
  readonly name: string;
  /** Of the orthogonal initialisation. */
  readonly gain: number;
}

/** Features of an image. */
export function sizeOf({ height, width, channels }: ImageShape): number {
  return height * width * channels;
}

/**
 * Where feature [channel, pixel] of an image lies when channels are last: the `order` of the weights of a dense layer on
 * top of convolutions, which PyTorch flattens channels first.
 */
export function channelsLast(channels: number, pixels: number): Int32Array {
  return Int32Array.from(
    { length: channels * pixels },
    (_, i) => (i % pixels) * channels + Math.floor(i / pixels),
  );
}

function patchSize({ input, kernel }: ConvShape): number {
  return kernel * kernel * input.channels;
}

/** Writes where a patch's features lie from its first, channels last, and where the patches begin, in bytes. */
function writePatch(
  { input, output, kernel, stride }: ConvShape,
  kernels: KernelLayout,
  offsets: Int32Array,
  positions: Int32Array,
): void {
  const { height, width, channels, order } = input;
  const pixel = order === 'HWC' ? channels : 1;
  const channel = order === 'HWC' ? 1 : height * width;
  const pitch = 4 * kernels.stride();
  const inputs = kernel * kernel * channels;
  for (let i = 0; i < offsets.length; i++) {
    const feature = i < inputs ? i : i - (i % kernels.rows());
    const place = Math.floor(feature / channels);
    const [y, x] = [Math.floor(place / kernel), place % kernel];
    offsets[i] = pitch * ((y * width + x) * pixel + (feature % channels) * channel);
  }
  for (let p = 0; p < positions.length; p++) {
    const [y, x] = [Math.floor(p / output.width), p % output.width];
    positions[p] = pitch * stride * (y * width + x) * pixel;
  }
}
