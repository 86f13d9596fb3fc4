import type { Arena, Column, ColumnSpecs } from '../../arena.ts';
import type { NetworkSpec } from '../../network.ts';
import type { Tensor } from '../../nouns.ts';
import { checkTensors } from '../../restore.ts';
import { FLATTEN_WORDS } from '../../space/flattenProgram.ts';
import { layout } from '../../space/layout.ts';
import type { Space } from '../../space/space.ts';
import { normals, orthogonal } from '../initialize.ts';
import { type Block, DenseLayer, type DenseShape, denseColumns, paddedSize, padTo } from './dense.ts';
import type { KernelLayout } from './kernels.ts';
import { Tower } from './tower.ts';

export interface ActorCriticOptions {
  /** Floats in a flat observation: what the network reads. */
  readonly inputs: number;
  /** Whose packed rows it reads; absent, and where they are flat already: rows of `inputs` floats. */
  readonly observation?: Space;
  /** Choices of each component of the categorical policy. */
  readonly choices: readonly number[];
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
 * An actor-critic network. With separate trunks it is two towers, whose heads have the choices of all components as
 * outputs and 1; with a shared trunk one tower, whose head has both, the value last. Tensors have PyTorch's names and
 * layout: `actor.0.weight`, `critic.0.weight`, … or `trunk.0.weight`, …, `policy.weight`, `value.weight`.
 */
export class ActorCritic {
  readonly options: ActorCriticOptions;
  /** All weights and biases, padded with zeros. */
  readonly parameters: Float32Array;
  readonly arena: Arena;
  /** Pointer to the choices of each component, i32. */
  readonly sizes: number;
  /** Pointers into the block that was computed last: a row of logits a choice, one row of values, and their gradients. */
  readonly logits: number;
  readonly values: number;
  readonly dLogits: number;
  readonly dValues: number;
  readonly #plan: Plan;
  /** Makes flat rows of packed ones. */
  readonly #program: Int32Array;
  readonly #towers: readonly Tower[];
  readonly #input: Block;

  /** Floats of the parameter vector. */
  static size(options: ActorCriticOptions, kernels: KernelLayout): number {
    return plan(options, kernels.rows()).size;
  }

  /** The shapes of its tensors by their names, before there is a network. */
  static shapes(options: ActorCriticOptions): Record<string, readonly number[]> {
    const shapes = plan(options, 1).segments.flatMap(({ name, rows, layer }) => [
      [`${name}.weight`, [rows, layer.inputs]] as const,
      [`${name}.bias`, [rows]] as const,
    ]);
    return Object.fromEntries(shapes);
  }

  /** The columns that an arena must have room for. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout): ColumnSpecs {
    const { towers, size } = plan(options, kernels.rows());
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', size],
      input: ['f32', padTo(options.inputs, kernels.rows()) * kernels.stride()],
      sizes: ['i32', options.choices.length],
      program: ['i32', programOf(options).length],
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
    (columns.sizes as Int32Array).set(options.choices);
    this.#program = columns.program as Int32Array;
    this.#program.set(programOf(options));
    this.sizes = columns.sizes.byteOffset;
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
    const valueRow = options.network.shared ? 4 * countChoices(options) * kernels.stride() : 0;
    this.logits = policy.output.pointer;
    this.dLogits = policy.gradient;
    this.values = value.output.pointer + valueRow;
    this.dValues = value.gradient + valueRow;
  }

  /** Orthogonal weights, drawn from the seed's initialisation stream for that policy of a run; biases 0. */
  initialize(seed: number, policy = 0): this {
    const normal = normals(seed, policy);
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

  /** Elements of an observation in such a column: packed, or flat if it holds floats. */
  widthOf(observations: Column): number {
    const { observation, inputs } = this.options;
    return observation && !(observations instanceof Float32Array) ? layout(observation).width : inputs;
  }

  /**
   * Computes logits and values of n ≤ block() observations in an arena's column: those of `indices`, a pointer, or (0)
   * those from `row` on.
   *
   * @param masks pointer to the flags of the same rows, u8 [·, choices of all components]; 0: all choices are allowed
   */
  forward(observations: Column, row: number, indices: number, n: number, training: boolean, masks = 0): void {
    const { kernels } = this.arena;
    const { inputs } = this.options;
    const { pointer } = this.#input;
    const width = this.widthOf(observations);
    const pitch = width * observations.BYTES_PER_ELEMENT;
    const from = observations.byteOffset + row * pitch;
    if (observations instanceof Float32Array) kernels.gather(from, indices, n, inputs, pointer);
    else {
      const { byteOffset, length } = this.#program;
      kernels.gatherPacked(from, pitch, indices, n, byteOffset, length / FLATTEN_WORDS, inputs, pointer);
    }
    for (const tower of this.#towers) tower.forward(this.#input, n, training);
    if (masks !== 0) {
      const choices = countChoices(this.options);
      kernels.maskLogits(this.logits, masks + row * choices, indices, n, choices);
    }
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

function programOf({ observation, network }: ActorCriticOptions): Int32Array {
  return observation ? layout(observation).program(network) : new Int32Array(0);
}

/** The choices of all components: outputs of the policy. */
export function countChoices({ choices }: ActorCriticOptions): number {
  return choices.reduce((sum, n) => sum + n, 0);
}

function plan(options: ActorCriticOptions, rows: number): Plan {
  const { inputs, network } = options;
  const { hidden, activation, shared, gains } = network;
  const choices = countChoices(options);
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
