import type { Arena, ColumnSpecs } from '../../arena.ts';
import type { Tensor } from '../../nouns.ts';
import { checkTensors, prefixed, unprefixed } from '../../restore.ts';
import { layout } from '../../space/layout.ts';
import { normals, orthogonal } from '../initialize.ts';
import { type ActorCriticOptions, countChoices } from './actorCriticOptions.ts';
import { blockColumns, DenseLayer, type DenseShape, paddedSize, padTo, panelColumns } from './dense.ts';
import type { KernelLayout } from './kernels.ts';
import { Pass } from './pass.ts';
import { Tower } from './tower.ts';

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
  /** One for each member of a crew: they compute blocks of their own with the same weights. */
  readonly passes: readonly Pass[];
  readonly #plan: Plan;
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

  /** The columns that an arena must have room for, `members` being those who compute at the same time. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout, members = 1): ColumnSpecs {
    const { towers, size } = plan(options, kernels.rows());
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', size],
      sizes: ['i32', options.choices.length],
      program: ['i32', programOf(options).length],
    };
    const add = (prefix: string, columns: ColumnSpecs) => Object.assign(specs, prefixed(prefix, columns));
    for (const [l, shape] of towers.flat().entries()) add(`weights.${l}.`, panelColumns(shape, kernels));
    for (let member = 0; member < members; member++) {
      specs[`${member}.input`] = ['f32', padTo(options.inputs, kernels.rows()) * kernels.stride()];
      for (const [l, shape] of towers.flat().entries()) add(`${member}.${l}.`, blockColumns(shape, kernels));
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

  /** A network whose weights are all 0. @param members who compute at the same time */
  constructor(options: ActorCriticOptions, arena: Arena, members = 1) {
    const { kernels } = arena;
    const columns = arena.take(ActorCritic.columns(options, kernels, members));
    this.options = options;
    this.arena = arena;
    this.parameters = columns.parameters as Float32Array;
    (columns.sizes as Int32Array).set(options.choices);
    const program = columns.program as Int32Array;
    program.set(programOf(options));
    this.sizes = columns.sizes.byteOffset;
    this.#plan = plan(options, kernels.rows());
    this.passes = Array.from({ length: members }, (_, member) => {
      let l = 0;
      const towers = this.#plan.towers.map(
        (shapes) =>
          new Tower(
            shapes.map((shape) => {
              const own = {
                ...unprefixed(`weights.${l}.`, columns),
                ...unprefixed(`${member}.${l}.`, columns),
              };
              l++;
              return new DenseLayer(shape, kernels, this.parameters.byteOffset, own);
            }),
          ),
      );
      return new Pass(options, kernels, program, columns[`${member}.input`].byteOffset, towers);
    });
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
    this.passes[0].pack();
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
