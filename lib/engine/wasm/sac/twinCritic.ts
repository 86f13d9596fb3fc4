import type { Arena, ColumnSpecs } from '../../../arena.ts';
import type { Tensor } from '../../../nouns.ts';
import { prefixed, unprefixed } from '../../../restore.ts';
import { normals } from '../../initialize.ts';
import { type DenseShape, padTo } from '../dense.ts';
import type { KernelLayout } from '../kernels.ts';
import type { Block } from '../layer.ts';
import {
  assignTensors,
  initializeParameters,
  ParameterPlan,
  type Segment,
  tensorsOf,
} from '../parameters.ts';
import type { Tower } from '../tower.ts';
import { backwardInput, makeMlp, mlpBlocks, mlpPanels, type Places, planMlp } from './mlp.ts';
import type { SacOptions } from './sacOptions.ts';

const NAMES = ['qf1', 'qf2'] as const;

interface Plan {
  readonly critics: readonly (readonly DenseShape[])[];
  readonly parameters: ParameterPlan;
}

/** A number for each of the two critics. */
export type Twin = readonly [number, number];

/**
 * Two critics Q(s, a) in one parameter vector, and their targets in another. They read blocks of an observation's
 * features with the action's below. Tensors are `qf1.0.weight`, `qf1.2.weight`, …, and the same of `qf2`.
 */
export class TwinCritic {
  readonly arena: Arena;
  readonly parameters: Float32Array;
  /** Like the parameters. */
  readonly targets: Float32Array;
  readonly segments: readonly Segment[];
  readonly passes: readonly CriticPass[];

  /** Its parameter vector, before there is one. */
  static parameters(options: SacOptions, kernels: KernelLayout): ParameterPlan {
    return plan(options, kernels.rows()).parameters;
  }

  static columns(options: SacOptions, kernels: KernelLayout, members = 1): ColumnSpecs {
    const { critics, parameters } = plan(options, kernels.rows());
    const specs: Record<string, ColumnSpecs[string]> = {
      parameters: ['f32', parameters.size],
      targets: ['f32', parameters.size],
    };
    for (const [q, layers] of critics.entries()) {
      Object.assign(specs, prefixed(`weights.${q}.`, mlpPanels(layers, kernels)));
      Object.assign(specs, prefixed(`targets.${q}.`, mlpPanels(layers, kernels, false)));
    }
    const row = kernels.rows() * kernels.stride();
    const input = padTo(options.inputs + options.low.length, kernels.rows()) * kernels.stride();
    for (let member = 0; member < members; member++) {
      for (const [q, layers] of critics.entries()) {
        const own = { ...mlpBlocks(layers, kernels), next: ['f32', row], dInput: ['f32', input] } as const;
        Object.assign(specs, prefixed(`${member}.${q}.`, own));
      }
    }
    return specs;
  }

  /** Critics whose weights are all 0. @param members who compute at the same time */
  constructor(options: SacOptions, arena: Arena, members = 1) {
    const { kernels } = arena;
    const columns = arena.take(TwinCritic.columns(options, kernels, members));
    const { critics, parameters } = plan(options, kernels.rows());
    this.arena = arena;
    this.parameters = columns.parameters as Float32Array;
    this.targets = columns.targets as Float32Array;
    this.segments = parameters.segments;
    const places = columns as Places;
    this.passes = Array.from({ length: members }, (_, member) => {
      const twins = critics.map((layers, q) => {
        const own = unprefixed(`${member}.${q}.`, places);
        // A target computes before its critic does, in the same buffers; but what it puts out is still to be read.
        const shared = { ...own, [`${layers.length - 1}.y`]: own.next };
        const online = unprefixed(`weights.${q}.`, places);
        const target = unprefixed(`targets.${q}.`, places);
        return {
          online: makeMlp(layers, kernels, this.parameters.byteOffset, online, own),
          target: makeMlp(layers, kernels, this.targets.byteOffset, target, shared),
          dInput: own.dInput.byteOffset,
        };
      });
      return new CriticPass(twins, 4 * options.inputs * kernels.stride());
    });
  }

  /** Orthogonal weights, drawn from the seed's initialisation stream for that policy of a run; targets are the same. */
  initialize(seed: number, policy: number): this {
    initializeParameters(this.segments, this.parameters, normals(seed, policy));
    this.targets.set(this.parameters);
    this.pack();
    return this;
  }

  /** Packs all weights; to be called when `parameters` and `targets` have been written. */
  pack(): void {
    this.packOnline();
    for (const critic of NAMES.keys()) this.passes[0].packTarget(critic);
  }

  /** The same when only `parameters` have been. */
  packOnline(): void {
    this.passes[0].packOnline();
  }

  /** Moves one critic's target towards it, and packs it: Q̄ ← Q̄ + τ (Q − Q̄). */
  follow(critic: number, tau: number): void {
    // Critics are alike, so each has an equal part of the vector.
    const size = this.parameters.length / NAMES.length;
    const at = 4 * critic * size;
    const { kernels } = this.arena;
    kernels.polyak(this.targets.byteOffset + at, this.parameters.byteOffset + at, size, tau);
    this.passes[0].packTarget(critic);
  }

  tensors(vector: Float32Array = this.parameters): Record<string, Tensor> {
    return tensorsOf(this.segments, vector);
  }

  /** Writes named tensors, as `tensors` names them, into a vector like `parameters`. */
  assign(tensors: Readonly<Record<string, Tensor>>, vector: Float32Array): void {
    assignTensors(this.segments, tensors, vector);
  }
}

interface TwinTowers {
  readonly online: Tower;
  readonly target: Tower;
  readonly dInput: number;
}

/** The way of a block of observations and actions through the critics and back, in buffers of its own. */
export class CriticPass {
  /** Pointers to blocks [1]: values, the gradients by them, and the targets' values. */
  readonly values: Twin;
  readonly dValues: Twin;
  readonly targetValues: Twin;
  /** Pointers to blocks [A]: the gradients by the actions. */
  readonly dActions: Twin;
  readonly #twins: readonly TwinTowers[];

  /** @param actions bytes from the first feature of an input to those of the actions */
  constructor(twins: readonly TwinTowers[], actions: number) {
    this.#twins = twins;
    const both = (of: (twin: TwinTowers) => number): Twin => [of(twins[0]), of(twins[1])];
    this.values = both(({ online }) => online.head.output.pointer);
    this.dValues = both(({ online }) => online.head.gradient);
    this.targetValues = both(({ target }) => target.head.output.pointer);
    this.dActions = both(({ dInput }) => dInput + actions);
  }

  packOnline(): void {
    for (const { online } of this.#twins) for (const layer of online.layers) layer.pack();
  }

  packTarget(critic: number): void {
    for (const layer of this.#twins[critic].target.layers) layer.pack();
  }

  /** Computes one critic's values. */
  forward(critic: number, input: Block, n: number): void {
    this.#twins[critic].online.forward(input, n, true);
  }

  /** Computes the targets' values; overwrites what the critics have computed, but for their values. */
  forwardTargets(input: Block, n: number): void {
    for (const { target } of this.#twins) target.forward(input, n, false);
  }

  /** From the gradient by its values adds to the weights' gradients. @param gradients pointer to a vector like the parameters */
  backward(critic: number, input: Block, gradients: number, n: number): void {
    this.#twins[critic].online.backward(input, gradients, n);
  }

  /** From the gradients by the values to those by the actions. */
  backwardActions(input: Block, n: number): void {
    for (const { online, dInput } of this.#twins) backwardInput(online, input, dInput, n);
  }
}

function plan({ inputs, low, network }: SacOptions, rows: number): Plan {
  const parameters = new ParameterPlan();
  const { value: gain } = network.gains;
  const { length } = network.hidden;
  const critics = NAMES.map((name) => {
    const head = { name: `${name}.${2 * length}`, count: 1, gain };
    return planMlp(parameters, name, inputs + low.length, network, [head], rows);
  });
  return { critics, parameters };
}
