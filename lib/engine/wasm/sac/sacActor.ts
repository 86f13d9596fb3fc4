import type { Arena, Column, ColumnSpecs } from '../../../arena.ts';
import type { Tensor } from '../../../nouns.ts';
import { checkTensors, prefixed, unprefixed } from '../../../restore.ts';
import { normals } from '../../initialize.ts';
import { type DenseShape, padTo } from '../dense.ts';
import type { KernelLayout, Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import { ObservationReader } from '../observationReader.ts';
import {
  assignTensors,
  initializeParameters,
  ParameterPlan,
  type Segment,
  shapesOf,
  tensorsOf,
} from '../parameters.ts';
import type { Tower } from '../tower.ts';
import { makeMlp, mlpBlocks, mlpPanels, type Places, planMlp } from './mlp.ts';
import type { SacOptions } from './sacOptions.ts';

interface Plan {
  readonly layers: readonly DenseShape[];
  readonly parameters: ParameterPlan;
}

/**
 * SAC's policy, a squashed Gaussian: a = scale · tanh(μ + σ ε) + bias, with μ and log σ of each action element put out.
 * Tensors are `actor.0.weight`, `actor.2.weight`, …, `actor.mean.weight`, `actor.logStd.weight`, and biases.
 */
export class SacActor {
  readonly options: SacOptions;
  readonly arena: Arena;
  readonly parameters: Float32Array;
  readonly segments: readonly Segment[];
  /** One for each member of a crew: they compute blocks of their own with the same weights. */
  readonly passes: readonly ActorPass[];

  /** Its parameter vector, before there is one. */
  static parameters(options: SacOptions, kernels: KernelLayout): ParameterPlan {
    return plan(options, kernels.rows()).parameters;
  }

  /** The shapes of its tensors by their names, before there is a network. */
  static shapes(options: SacOptions): Record<string, readonly number[]> {
    return shapesOf(plan(options, 1).parameters.segments);
  }

  /** The columns that an arena must have room for, `members` being those who compute at the same time. */
  static columns(options: SacOptions, kernels: KernelLayout, members = 1): ColumnSpecs {
    const { layers, parameters } = plan(options, kernels.rows());
    const size = options.low.length;
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', parameters.size],
      ranges: ['f32', 4 * size],
      ...ObservationReader.columns(options),
      ...prefixed('weights.', mlpPanels(layers, kernels)),
    };
    for (let member = 0; member < members; member++) {
      Object.assign(specs, prefixed(`${member}.`, passColumns(options, layers, kernels)));
    }
    return specs;
  }

  /** A policy whose weights are all 0. @param members who compute at the same time */
  constructor(options: SacOptions, arena: Arena, members = 1) {
    const { kernels } = arena;
    const columns = arena.take(SacActor.columns(options, kernels, members));
    const { layers, parameters } = plan(options, kernels.rows());
    this.options = options;
    this.arena = arena;
    this.parameters = columns.parameters as Float32Array;
    this.segments = parameters.segments;
    const ranges = columns.ranges as Float32Array;
    writeRanges(options, ranges);
    const reader = new ObservationReader(options, kernels, columns.program as Int32Array);
    const panels = unprefixed('weights.', columns as Places);
    this.passes = Array.from({ length: members }, (_, member) => {
      const own = unprefixed(`${member}.`, columns as Places);
      const tower = makeMlp(layers, kernels, this.parameters.byteOffset, panels, own);
      return new ActorPass(options, kernels, reader, tower, ranges.byteOffset, own);
    });
  }

  /** Orthogonal weights, drawn from the seed's initialisation stream for that policy of a run; biases 0. */
  initialize(seed: number, policy = 0): this {
    initializeParameters(this.segments, this.parameters, normals(seed, policy));
    this.pack();
    return this;
  }

  /** Packs the weights; to be called when `parameters` have been written. */
  pack(): void {
    this.passes[0].pack();
  }

  /** A vector like `parameters` as named tensors. */
  tensors(vector: Float32Array = this.parameters): Record<string, Tensor> {
    return tensorsOf(this.segments, vector);
  }

  /** Writes named tensors, as `tensors` names them, into a vector like `parameters`. */
  assign(tensors: Readonly<Record<string, Tensor>>, vector: Float32Array): void {
    assignTensors(this.segments, tensors, vector);
  }

  /** Takes on weights. @throws CheckpointError if they do not fit, and then nothing has changed */
  load(weights: Readonly<Record<string, Tensor>>): void {
    checkTensors('agent', this.tensors(), weights);
    this.assign(weights, this.parameters);
    this.pack();
  }
}

/** The way of a block of observations to actions and back, in buffers of its own. */
export class ActorPass {
  /** Observations; the features below them have room for actions. */
  readonly input: Block;
  /** Pointers to blocks [A]: the noise that actions are made with, and actions. */
  readonly noise: number;
  readonly actions: number;
  /** Of the actions: a block [1]. */
  readonly logProbs: Float32Array;
  readonly #kernels: Kernels;
  readonly #reader: ObservationReader;
  readonly #tower: Tower;
  readonly #ranges: number;
  readonly #size: number;

  constructor(
    options: SacOptions,
    kernels: Kernels,
    reader: ObservationReader,
    tower: Tower,
    ranges: number,
    columns: Places,
  ) {
    this.#kernels = kernels;
    this.#reader = reader;
    this.#tower = tower;
    this.#ranges = ranges;
    this.#size = options.low.length;
    this.input = { pointer: columns.input.byteOffset, slopes: 0, activation: 'linear' };
    this.noise = columns.noise.byteOffset;
    this.logProbs = columns.logProbs as Float32Array;
    this.actions = this.input.pointer + 4 * options.inputs * kernels.stride();
  }

  pack(): void {
    for (const layer of this.#tower.layers) layer.pack();
  }

  widthOf(observations: Column): number {
    return this.#reader.widthOf(observations);
  }

  /** Reads n ≤ block() observations: those of `indices`, a pointer, or (0) those from `row` on. */
  read(observations: Column, row: number, indices: number, n: number): void {
    this.#reader.read(observations, row, indices, n, this.input.pointer);
  }

  /** Acts on the observations that were read last. @param noise pointer to a block of ε; 0: the mean */
  act(noise: number, n: number, training: boolean): void {
    this.#tower.forward(this.input, n, training);
    const outputs = this.#tower.head.output.pointer;
    this.#kernels.squashedSample(
      outputs,
      noise,
      n,
      this.#size,
      this.#ranges,
      this.actions,
      this.logProbs.byteOffset,
    );
  }

  /**
   * Adds the gradient of a loss that is `entropyWeight` · log π of each sample and something of the actions.
   *
   * @param dActions pointers to two blocks that the gradient by the actions is the sum of
   * @param gradients pointer to a vector like the parameters
   */
  backward(dActions: readonly [number, number], entropyWeight: number, gradients: number, n: number): void {
    const { output, gradient } = this.#tower.head;
    this.#kernels.squashedBackward(
      output.pointer,
      this.noise,
      n,
      this.#size,
      this.#ranges,
      ...dActions,
      entropyWeight,
      gradient,
    );
    this.#tower.backward(this.input, gradients, n);
  }

  /** Fills `noise` with the numbers that rows `row` … draw at a time, for a purpose. */
  draw(
    [key0, key1]: readonly [number, number],
    time: number,
    purpose: number,
    row: number,
    n: number,
    factor = 1,
    add = false,
  ): void {
    const kernels = this.#kernels;
    const { noise } = this;
    const size = this.#size;
    if (!add) kernels.fill(noise, 0, 4 * size * kernels.stride());
    const high = Math.floor(time / 2 ** 32);
    kernels.addNormals(noise, n, size, factor, key0, key1, time, high, purpose, row);
  }
}

function plan({ inputs, low, network }: SacOptions, rows: number): Plan {
  const parameters = new ParameterPlan();
  const { policy: gain } = network.gains;
  const parts = ['mean', 'logStd'].map((part) => ({ name: `actor.${part}`, count: low.length, gain }));
  return { layers: planMlp(parameters, 'actor', inputs, network, parts, rows), parameters };
}

function passColumns(
  { inputs, low }: SacOptions,
  layers: readonly DenseShape[],
  kernels: KernelLayout,
): ColumnSpecs {
  const rows = kernels.rows();
  const actions = padTo(low.length, rows);
  return {
    // Gathering actions clears the features up to a multiple of rows() below them.
    input: ['f32', padTo(inputs + actions, rows) * kernels.stride()],
    noise: ['f32', actions * kernels.stride()],
    logProbs: ['f32', rows * kernels.stride()],
    ...mlpBlocks(layers, kernels),
  };
}

/** Scale, bias, lowest and highest of each element of an action. */
function writeRanges({ low, high }: SacOptions, ranges: Float32Array): void {
  const size = low.length;
  for (let k = 0; k < size; k++) {
    ranges[k] = (high[k] - low[k]) / 2;
    ranges[size + k] = (high[k] + low[k]) / 2;
    ranges[2 * size + k] = low[k];
    ranges[3 * size + k] = high[k];
  }
}
