import type { Arena, ColumnSpecs } from '../../arena.ts';
import type { Tensor } from '../../nouns.ts';
import { checkTensors, prefixed, unprefixed } from '../../restore.ts';
import { layout } from '../../space/layout.ts';
import { normals } from '../initialize.ts';
import { type ActorCriticOptions, policyOutputs } from './actorCriticOptions.ts';
import {
  blockColumns,
  DenseLayer,
  type DenseShape,
  nameRows,
  padTo,
  panelColumns,
  planDense,
} from './dense.ts';
import type { KernelLayout } from './kernels.ts';
import type { Activation } from './layer.ts';
import {
  assignTensors,
  initializeParameters,
  ParameterPlan,
  type Segment,
  shapesOf,
  tensorsOf,
} from './parameters.ts';
import { Pass } from './pass.ts';
import { CategoricalHead, type PolicyHead } from './policyHead.ts';
import { Tower } from './tower.ts';

interface Plan {
  readonly towers: readonly (readonly DenseShape[])[];
  readonly parameters: ParameterPlan;
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
  /** What makes actions of what the policy puts out. */
  readonly head: PolicyHead;
  /** One for each member of a crew: they compute blocks of their own with the same weights. */
  readonly passes: readonly Pass[];
  /** Where its tensors are in the parameter vector. */
  readonly segments: readonly Segment[];

  /** Floats of the parameter vector. */
  static size(options: ActorCriticOptions, kernels: KernelLayout): number {
    return plan(options, kernels.rows()).parameters.size;
  }

  /** The shapes of its tensors by their names, before there is a network. */
  static shapes(options: ActorCriticOptions): Record<string, readonly number[]> {
    return shapesOf(plan(options, 1).parameters.segments);
  }

  /** The columns that an arena must have room for, `members` being those who compute at the same time. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout, members = 1): ColumnSpecs {
    const { towers, parameters } = plan(options, kernels.rows());
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', parameters.size],
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
    this.head = new CategoricalHead(kernels, columns.sizes.byteOffset, options.choices.length);
    const { towers: shapes, parameters } = plan(options, kernels.rows());
    this.segments = parameters.segments;
    this.passes = Array.from({ length: members }, (_, member) => {
      let l = 0;
      const towers = shapes.map(
        (layers) =>
          new Tower(
            layers.map((shape) => {
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
    initializeParameters(this.segments, this.parameters, normals(seed, policy));
    this.pack();
    return this;
  }

  /** Packs the weights; to be called when `parameters` have been written. */
  pack(): void {
    this.passes[0].pack();
  }

  /** A vector like `parameters` as named tensors without padding. */
  tensors(vector: Float32Array = this.parameters): Record<string, Tensor> {
    return tensorsOf(this.segments, vector);
  }

  /** Takes on weights. @throws CheckpointError if they do not fit, and then nothing has changed */
  load(weights: Readonly<Record<string, Tensor>>): void {
    checkTensors('agent', this.tensors(), weights);
    this.assign(weights, this.parameters);
    this.pack();
  }

  /** Writes named tensors, as `tensors` names them, into a vector like `parameters`. */
  assign(tensors: Readonly<Record<string, Tensor>>, vector: Float32Array): void {
    assignTensors(this.segments, tensors, vector);
  }
}

function programOf({ observation, network }: ActorCriticOptions): Int32Array {
  return observation ? layout(observation).program(network) : new Int32Array(0);
}

function plan(options: ActorCriticOptions, rows: number): Plan {
  const { inputs, network } = options;
  const { hidden, activation, shared, gains } = network;
  const outputs = policyOutputs(options);
  const parameters = new ParameterPlan();
  const dense = (outputs: number, from: number, act: Activation): DenseShape =>
    planDense(parameters, { outputs, inputs: from, activation: act }, rows);
  const name = (layer: DenseShape, part: Parameters<typeof nameRows>[2]) =>
    nameRows(parameters, layer, part, rows);
  const trunk = (prefix: string) =>
    hidden.map((units, l) => {
      const layer = dense(units, l > 0 ? hidden[l - 1] : inputs, activation);
      name(layer, { name: `${prefix}.${2 * l}`, from: 0, count: units, gain: gains.hidden });
      return layer;
    });
  const width = hidden.at(-1) ?? inputs;
  if (shared) {
    const layers = trunk('trunk');
    const head = dense(outputs + 1, width, 'linear');
    name(head, { name: 'policy', from: 0, count: outputs, gain: gains.policy });
    name(head, { name: 'value', from: outputs, count: 1, gain: gains.value });
    return { towers: [[...layers, head]], parameters };
  }
  const tower = (prefix: string, count: number, gain: number) => {
    const layers = trunk(prefix);
    const head = dense(count, width, 'linear');
    name(head, { name: `${prefix}.${2 * hidden.length}`, from: 0, count, gain });
    return [...layers, head];
  };
  const towers = [tower('actor', outputs, gains.policy), tower('critic', 1, gains.value)];
  return { towers, parameters };
}
