import type { Arena, ColumnSpecs } from '../../arena.ts';
import type { NetworkSpec } from '../../network.ts';
import type { Tensor } from '../../nouns.ts';
import { checkTensors } from '../../restore.ts';
import { normals, orthogonal } from '../initialize.ts';
import { type Block, DenseLayer, type DenseShape, denseColumns, paddedSize, padTo } from './dense.ts';
import type { KernelLayout } from './kernels.ts';
import { Tower } from './tower.ts';

export interface ActorCriticOptions {
  /** O, floats in an observation. */
  readonly inputs: number;
  /** Choices of the categorical policy. */
  readonly choices: number;
  readonly network: NetworkSpec;
}

/** Rows of a layer's matrix under a name of their own: `name.weight` [rows, inputs] and `name.bias` [rows]. */
interface Segment {
  readonly name: string;
  readonly layer: DenseShape;
  readonly from: number;
  readonly rows: number;
  readonly gain: number;
}

interface Plan {
  readonly towers: readonly (readonly DenseShape[])[];
  readonly segments: readonly Segment[];
  /** Floats of all weights and biases, padded. */
  readonly size: number;
}

/**
 * An actor-critic network. With separate trunks it is two towers, whose heads have `choices` outputs and 1; with a
 * shared trunk one tower, whose head has `choices` + 1 outputs, the value last. Tensors have PyTorch's names
 * and layout: `actor.0.weight`, `critic.0.weight`, … or `trunk.0.weight`, …, `policy.weight`, `value.weight`.
 */
export class ActorCritic {
  readonly options: ActorCriticOptions;
  /** All weights and biases, padded with zeros. */
  readonly parameters: Float32Array;
  readonly arena: Arena;
  /** Pointers into the block that was computed last: `choices` rows of logits, one row of values, and their gradients. */
  readonly logits: number;
  readonly values: number;
  readonly dLogits: number;
  readonly dValues: number;
  readonly #plan: Plan;
  readonly #towers: readonly Tower[];
  readonly #input: Block;

  /** Floats of the parameter vector. */
  static size(options: ActorCriticOptions, kernels: KernelLayout): number {
    return plan(options, kernels.rows()).size;
  }

  /** The columns that an arena must have room for. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout): ColumnSpecs {
    const { towers, size } = plan(options, kernels.rows());
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', size],
      input: ['f32', padTo(options.inputs, kernels.rows()) * kernels.stride()],
    };
    for (const [index, shape] of towers.flat().entries()) {
      for (const [name, spec] of Object.entries(denseColumns(shape, kernels)))
        specs[`${index}.${name}`] = spec;
    }
    return specs;
  }

  /** A network with given weights. @throws CheckpointError if they do not fit */
  static from(
    options: ActorCriticOptions,
    weights: Readonly<Record<string, Tensor>>,
    arena: Arena,
  ): ActorCritic {
    const network = new ActorCritic(options, arena);
    network.load(weights);
    return network;
  }

  /** A network whose weights are all 0. */
  constructor(options: ActorCriticOptions, arena: Arena) {
    const { kernels } = arena;
    const columns = arena.take(ActorCritic.columns(options, kernels));
    this.options = options;
    this.arena = arena;
    this.parameters = columns.parameters as Float32Array;
    this.#plan = plan(options, kernels.rows());
    this.#input = { pointer: columns.input.byteOffset, slopes: 0, activation: 'linear' };
    let index = 0;
    this.#towers = this.#plan.towers.map(
      (shapes) =>
        new Tower(
          shapes.map((shape) => {
            const prefix = `${index++}.`;
            const names = Object.keys(denseColumns(shape, kernels));
            const own = Object.fromEntries(names.map((name) => [name, columns[prefix + name]]));
            return new DenseLayer(shape, kernels, this.parameters.byteOffset, own);
          }),
        ),
    );
    const policy = this.#towers[0].head;
    const value = this.#towers[this.#towers.length - 1].head;
    const valueRow = options.network.shared ? 4 * options.choices * kernels.stride() : 0;
    this.logits = policy.output.pointer;
    this.dLogits = policy.gradient;
    this.values = value.output.pointer + valueRow;
    this.dValues = value.gradient + valueRow;
  }

  /** Orthogonal weights, drawn from the seed's initialisation stream; biases 0. */
  initialize(seed: number): this {
    const normal = normals(seed);
    for (const segment of this.#plan.segments) {
      const { rows, layer, gain } = segment;
      const matrix = orthogonal(rows, layer.inputs, gain, normal);
      this.#walk(segment, (at, row, column) => {
        this.parameters[at] = column < 0 ? 0 : matrix[row * layer.inputs + column];
      });
    }
    this.pack();
    return this;
  }

  /** Packs the weights; to be called when `parameters` have been written. */
  pack(): void {
    for (const { layers } of this.#towers) for (const layer of layers) layer.pack();
  }

  /** Computes logits and values of n ≤ block() rows of an f32 [·, O] column, those of `indices` or (0) the first. */
  forward(observations: number, indices: number, n: number, training: boolean): void {
    this.arena.kernels.gather(observations, indices, n, this.options.inputs, this.#input.pointer);
    for (const tower of this.#towers) tower.forward(this.#input, n, training);
  }

  /** Adds the block's part to `gradients`, a vector like `parameters`, from what is at dLogits and dValues. */
  backward(gradients: number, n: number): void {
    for (const tower of this.#towers) tower.backward(this.#input, gradients, n);
  }

  /** A vector like `parameters` as named tensors without padding. */
  tensors(vector: Float32Array = this.parameters): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const segment of this.#plan.segments) {
      const { name, rows, layer } = segment;
      const weight = new Float32Array(rows * layer.inputs);
      const bias = new Float32Array(rows);
      this.#walk(segment, (at, row, column) => {
        if (column < 0) bias[row] = vector[at];
        else weight[row * layer.inputs + column] = vector[at];
      });
      tensors[`${name}.weight`] = { shape: [rows, layer.inputs], data: weight };
      tensors[`${name}.bias`] = { shape: [rows], data: bias };
    }
    return tensors;
  }

  /** Takes on weights. @throws CheckpointError if they do not fit, and then nothing has changed */
  load(weights: Readonly<Record<string, Tensor>>): void {
    checkTensors('agent', this.tensors(), weights);
    this.assign(weights, this.parameters);
    this.pack();
  }

  /** Writes named tensors, as `tensors` names them, into a vector like `parameters`. */
  assign(tensors: Readonly<Record<string, Tensor>>, vector: Float32Array): void {
    for (const segment of this.#plan.segments) {
      const weight = tensors[`${segment.name}.weight`].data;
      const bias = tensors[`${segment.name}.bias`].data;
      this.#walk(segment, (at, row, column) => {
        vector[at] = column < 0 ? bias[row] : weight[row * segment.layer.inputs + column];
      });
    }
  }

  /** Visits every weight and (column −1) bias of a segment with its place in the parameter vector. */
  #walk({ layer, from, rows }: Segment, visit: (at: number, row: number, column: number) => void): void {
    const pitch = padTo(layer.inputs, this.arena.kernels.rows());
    for (let row = 0; row < rows; row++) {
      const start = layer.weights + (from + row) * pitch;
      for (let column = 0; column < layer.inputs; column++) visit(start + column, row, column);
      visit(layer.bias + from + row, row, -1);
    }
  }
}

function plan({ inputs, choices, network }: ActorCriticOptions, rows: number): Plan {
  const { hidden, activation, shared, gains } = network;
  let size = 0;
  const dense = (outputs: number, from: number, act: DenseShape['activation']): DenseShape => {
    const weights = size;
    const bias = weights + paddedSize({ outputs, inputs: from }, rows);
    size = bias + padTo(outputs, rows);
    return { outputs, inputs: from, activation: act, weights, bias };
  };
  const segments: Segment[] = [];
  const trunk = (name: string) =>
    hidden.map((units, l) => {
      const layer = dense(units, l > 0 ? hidden[l - 1] : inputs, activation);
      segments.push({ name: `${name}.${2 * l}`, layer, from: 0, rows: units, gain: gains.hidden });
      return layer;
    });
  const width = hidden.at(-1) ?? inputs;
  if (shared) {
    const layers = trunk('trunk');
    const head = dense(choices + 1, width, 'linear');
    segments.push({ name: 'policy', layer: head, from: 0, rows: choices, gain: gains.policy });
    segments.push({ name: 'value', layer: head, from: choices, rows: 1, gain: gains.value });
    return { towers: [[...layers, head]], segments, size };
  }
  const tower = (name: string, outputs: number, gain: number) => {
    const layers = trunk(name);
    const head = dense(outputs, width, 'linear');
    segments.push({ name: `${name}.${2 * hidden.length}`, layer: head, from: 0, rows: outputs, gain });
    return [...layers, head];
  };
  const towers = [tower('actor', choices, gains.policy), tower('critic', 1, gains.value)];
  return { towers, segments, size };
}
