import type { Arena, ColumnSpecs } from '../../arena.ts';
import type { Tensor } from '../../nouns.ts';
import { checkTensors, prefixed, unprefixed } from '../../restore.ts';
import { normals } from '../initialize.ts';
import type { ActorCriticOptions } from './actorCriticOptions.ts';
import { padTo } from './dense.ts';
import { GaussianHead } from './gaussianHead.ts';
import type { KernelLayout } from './kernels.ts';
import { type LayerPlan, planNetwork } from './networkPlan.ts';
import { ObservationReader } from './observationReader.ts';
import { assignTensors, initializeParameters, type Segment, shapesOf, tensorsOf } from './parameters.ts';
import { Pass } from './pass.ts';
import { CategoricalHead, type PolicyHead } from './policyHead.ts';
import { SdeHead } from './sdeHead.ts';
import { SdeLayer } from './sdeLayer.ts';
import { Tower } from './tower.ts';

/** The tensors that observations are normalised by. */
const MEANS = 'observations.mean';
const SCALES = 'observations.scale';

/**
 * An actor-critic network. With separate trunks it is two towers, whose heads have what the policy puts out and 1; with a
 * shared trunk one tower, whose head has both, the value last; with a memory a trunk, the memory, and such a head. Tensors
 * have PyTorch's names and layout: `actor.0.weight`, `critic.0.weight`, … or `trunk.0.weight`, …, `memory.…`,
 * `policy.weight`, `value.weight`, and `logStd` of a Gaussian policy: [A], or with gSDE [A, F].
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
  /** S, floats of a row's recurrent state; 0: none. */
  readonly stateSize: number;
  /** Where its tensors are in the parameter vector. */
  readonly segments: readonly Segment[];
  /** [inputs] What is subtracted from observations, and what they are multiplied by then; absent: nothing. */
  readonly normal?: { readonly means: Float32Array; readonly scales: Float32Array };

  /** Floats of the parameter vector. */
  static size(options: ActorCriticOptions, kernels: KernelLayout): number {
    return planNetwork(options, kernels.rows()).parameters.size;
  }

  /** S, floats of a row's recurrent state; 0: none. */
  static stateSize(options: ActorCriticOptions): number {
    return planNetwork(options, 1).memory?.cell.stateSize ?? 0;
  }

  /** The shapes of its tensors by their names, before there is a network. */
  static shapes(options: ActorCriticOptions): Record<string, readonly number[]> {
    const { inputs, network } = options;
    const normal = network.normalizeObservations && { [MEANS]: [inputs], [SCALES]: [inputs] };
    return { ...shapesOf(planNetwork(options, 1).parameters.segments), ...normal };
  }

  /**
   * The columns that an arena must have room for.
   *
   * @param members who compute at the same time; @param slots steps that a memory learns from at once, 0 if it only acts
   */
  static columns(options: ActorCriticOptions, kernels: KernelLayout, members = 1, slots = 0): ColumnSpecs {
    const { towers, memory, parameters, sde } = planNetwork(options, kernels.rows());
    const { inputs, network } = options;
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', parameters.size],
      sizes: ['i32', options.choices.length],
      means: ['f32', network.normalizeObservations ? inputs : 0],
      scales: ['f32', network.normalizeObservations ? inputs : 0],
      ...ObservationReader.columns(options),
    };
    const add = (prefix: string, columns: ColumnSpecs) => Object.assign(specs, prefixed(prefix, columns));
    const layers = [...towers.flat(), ...(memory?.head ?? [])];
    for (const [l, layer] of layers.entries()) add(`weights.${l}.`, layer.shared(kernels));
    if (memory) add('weights.memory.', memory.cell.shared(kernels));
    for (let member = 0; member < members; member++) {
      specs[`${member}.input`] = ['f32', padTo(inputs, kernels.rows()) * kernels.stride()];
      for (const [l, layer] of layers.entries()) add(`${member}.${l}.`, layer.own(kernels));
      if (sde) add(`${member}.sde.`, SdeLayer.columns(sde, kernels));
      if (!memory) continue;
      specs[`${member}.state`] = ['f32', padTo(memory.cell.stateSize, kernels.rows()) * kernels.stride()];
      specs[`${member}.keep`] = ['f32', slots * kernels.rows() * kernels.stride()];
      add(`${member}.memory.`, memory.cell.own(kernels, slots));
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

  /** A network whose weights are all 0; `members` and `slots` are as in `columns`. */
  constructor(options: ActorCriticOptions, arena: Arena, members = 1, slots = 0) {
    const { kernels } = arena;
    const columns = arena.take(ActorCritic.columns(options, kernels, members, slots));
    const { towers, memory, parameters, logStd, sde } = planNetwork(options, kernels.rows());
    this.options = options;
    this.arena = arena;
    this.parameters = columns.parameters as Float32Array;
    this.segments = parameters.segments;
    this.stateSize = memory?.cell.stateSize ?? 0;
    if (options.network.normalizeObservations) {
      this.normal = { means: columns.means as Float32Array, scales: columns.scales as Float32Array };
      if (arena.isOriginal) this.normal.scales.fill(1);
    }
    const pointer = this.parameters.byteOffset;
    if (sde) {
      this.head = new SdeHead(kernels, sde, pointer, options.network.sdeSampleFreq);
    } else if (options.dimensions !== undefined) {
      const form = logStd === undefined ? 'held' : 'shared';
      this.head = new GaussianHead(kernels, options.dimensions, form, pointer, logStd);
    } else {
      (columns.sizes as Int32Array).set(options.choices);
      this.head = new CategoricalHead(kernels, columns.sizes.byteOffset, options.choices.length);
    }
    const reader = new ObservationReader(options, kernels, columns.program as Int32Array);
    this.passes = Array.from({ length: members }, (_, member) => {
      let l = 0;
      const place = (name: string) => ({
        ...unprefixed(`weights.${name}.`, columns as Record<string, Float32Array | Int32Array>),
        ...unprefixed(`${member}.${name}.`, columns as Record<string, Float32Array | Int32Array>),
      });
      const tower = (layers: readonly LayerPlan[]) =>
        new Tower(layers.map((layer) => layer.make(kernels, pointer, place(`${l++}`))));
      const parts = {
        reader,
        normal: this.normal,
        input: columns[`${member}.input`].byteOffset,
        sde: sde && new SdeLayer(sde, kernels, pointer, place('sde')),
      };
      const built = towers.map(tower);
      if (!memory) return new Pass(options, kernels, { ...parts, towers: built });
      (columns[`${member}.keep`] as Float32Array).fill(1, 0, kernels.stride());
      return new Pass(options, kernels, {
        ...parts,
        towers: [tower(memory.head)],
        recurrent: {
          trunk: built[0],
          memory: memory.cell.make(kernels, pointer, place('memory'), slots),
          state: columns[`${member}.state`].byteOffset,
          keep: columns[`${member}.keep`].byteOffset,
        },
      });
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

  /** The weights, and what observations are normalised by, as named tensors without padding. */
  tensors(): Record<string, Tensor> {
    const normal = this.normal && {
      [MEANS]: { shape: [this.normal.means.length], data: this.normal.means.slice() },
      [SCALES]: { shape: [this.normal.scales.length], data: this.normal.scales.slice() },
    };
    return { ...tensorsOf(this.segments, this.parameters), ...normal };
  }

  /** Takes on weights. @throws CheckpointError if they do not fit, and then nothing has changed */
  load(weights: Readonly<Record<string, Tensor>>): void {
    checkTensors('agent', this.tensors(), weights);
    assignTensors(this.segments, weights, this.parameters);
    this.normal?.means.set(weights[MEANS].data);
    this.normal?.scales.set(weights[SCALES].data);
    this.pack();
  }

  /** Takes on the weights of a network of the same options. */
  copy({ parameters, normal }: ActorCritic): void {
    this.parameters.set(parameters);
    if (normal) {
      this.normal?.means.set(normal.means);
      this.normal?.scales.set(normal.scales);
    }
    this.pack();
  }
}
