import { prefixed, unprefixed } from '../../../restore.ts';
import { padTo, panelColumns, planDense } from '../dense.ts';
import type { Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { ParameterPlan } from '../parameters.ts';
import type { Memory, MemoryPlan, MemorySizes, Places } from './memory.ts';
import { Product, type ProductShape } from './product.ts';
import { blocks, linear, pointersOf } from './tape.ts';

/**
 * Gated recurrent unit, in PyTorch's form:
 *
 *   r, z = σ(W x + b + U h₋ + b′), each with rows of its own
 *   n = tanh(W x + b + r ⊙ (U h₋ + b′))
 *   h = (1 − z) ⊙ n + z ⊙ h₋
 *
 * The state is the output. The tape keeps r, z, n, the state's sum for n, and the states.
 *
 * @see Cho et al., arXiv:1406.1078; reference data: spec/golden/gru.json
 */
export class Gru implements Memory {
  readonly inputs: number;
  readonly outputs: number;
  readonly stateSize: number;
  readonly output: Block;
  readonly stateGradient: number;
  readonly #kernels: Kernels;
  readonly #ofInput: Product;
  readonly #ofState: Product;
  readonly #stateBytes: number;
  readonly #ones: number;
  /** keep ⊙ h₋. */
  readonly #kept: Block;
  readonly #dKept: number;
  readonly #recurrent: number;
  readonly #dGates: number;
  readonly #dRecurrent: number;
  /** The last is that of `step`. */
  readonly #gates: readonly number[];
  readonly #states: readonly number[];
  readonly #above: readonly number[];
  readonly #tape: readonly Block[];

  /**
   * Tensors as PyTorch's GRUCell names them, gates in the order r, z, n: `memory.weight_ih` [3 · units, inputs],
   * `memory.weight_hh` [3 · units, units], `memory.bias_ih` and `memory.bias_hh` [3 · units].
   */
  static plan(plan: ParameterPlan, { inputs, units }: MemorySizes, rows: number): MemoryPlan {
    const product = (part: string, columns: number): ProductShape => {
      const sizes = { outputs: 3 * units, inputs: columns, activation: 'linear' } as const;
      const shape = planDense(plan, sizes, rows);
      plan.add(
        {
          name: `memory.weight_${part}`,
          shape: [3 * units, columns],
          at: shape.weights,
          rows: 3 * units,
          columns,
          pitch: padTo(columns, rows),
          initial: { gain: 1 },
        },
        {
          name: `memory.bias_${part}`,
          shape: [3 * units],
          at: shape.bias,
          rows: 1,
          columns: 3 * units,
          pitch: 3 * units,
          initial: { constant: 0 },
        },
      );
      return shape;
    };
    const [ofInput, ofState] = [product('ih', inputs), product('hh', units)];
    return {
      stateSize: units,
      shared: (kernels) => ({
        ...prefixed('ih.', panelColumns(ofInput, kernels)),
        ...prefixed('hh.', panelColumns(ofState, kernels)),
      }),
      own: (kernels, slots) => ({
        ones: ['f32', kernels.block()],
        gates: blocks(4 * units, slots + 1, kernels),
        recurrent: blocks(3 * units, 1, kernels),
        output: blocks(units, 1, kernels),
        states: blocks(units, slots && slots + 1, kernels),
        kept: blocks(units, slots && 1, kernels),
        above: blocks(units, slots, kernels),
        stateGradient: blocks(units, slots && 1, kernels),
        dGates: blocks(3 * units, slots && 1, kernels),
        dRecurrent: blocks(3 * units, slots && 1, kernels),
        dKept: blocks(units, slots && 1, kernels),
      }),
      make: (kernels, parameters, columns) => new Gru({ ofInput, ofState }, kernels, parameters, columns),
    };
  }

  /** @param parameters pointer of the parameter vector; @param columns the plan's, taken by `shared` and `own` */
  constructor(
    { ofInput, ofState }: Readonly<Record<'ofInput' | 'ofState', ProductShape>>,
    kernels: Kernels,
    parameters: number,
    columns: Places,
  ) {
    const units = ofState.inputs;
    this.inputs = ofInput.inputs;
    this.outputs = units;
    this.stateSize = units;
    this.#kernels = kernels;
    this.#ofInput = new Product(ofInput, kernels, parameters, unprefixed('ih.', columns));
    this.#ofState = new Product(ofState, kernels, parameters, unprefixed('hh.', columns));
    this.#stateBytes = 4 * blocks(units, 1, kernels)[1];
    columns.ones.fill(1);
    this.#ones = columns.ones.byteOffset;
    this.#kept = linear(columns.kept.byteOffset);
    this.#dKept = columns.dKept.byteOffset;
    this.#recurrent = columns.recurrent.byteOffset;
    this.#dGates = columns.dGates.byteOffset;
    this.#dRecurrent = columns.dRecurrent.byteOffset;
    this.#gates = pointersOf(columns.gates, 4 * units, kernels);
    this.#states = pointersOf(columns.states, units, kernels);
    this.#above = pointersOf(columns.above, units, kernels);
    this.#tape = this.#states.slice(1).map(linear);
    this.output = linear(columns.output.byteOffset);
    this.stateGradient = columns.stateGradient.byteOffset;
  }

  pack(): void {
    this.#ofInput.pack();
    this.#ofState.pack();
  }

  step(input: Block, state: number, n: number): void {
    const { pointer } = this.output;
    this.#compute(input, state, this.#gates[this.#gates.length - 1], pointer, n);
    this.#kernels.keepBlock(pointer, this.#ones, state, this.outputs, n);
  }

  begin(state: number, n: number): void {
    this.#kernels.keepBlock(state, this.#ones, this.#states[0], this.outputs, n);
    this.#kernels.fill(this.stateGradient, 0, this.#stateBytes);
  }

  forward(k: number, input: Block, keep: number, n: number): void {
    const kept = this.#kept.pointer;
    this.#kernels.keepBlock(this.#states[k], keep, kept, this.outputs, n);
    this.#compute(input, kept, this.#gates[k], this.#states[k + 1], n);
  }

  outputAt(k: number): Block {
    return this.#tape[k];
  }

  gradientAt(k: number): number {
    return this.#above[k];
  }

  stateAt(k: number): number {
    return this.#states[k];
  }

  backward(k: number, input: Block, keep: number, gradients: number, inputGradient: number, n: number): void {
    const kernels = this.#kernels;
    const [units, kept, gradient] = [this.outputs, this.#kept.pointer, this.stateGradient];
    const [dGates, dRecurrent] = [this.#dGates, this.#dRecurrent];
    kernels.keepBlock(this.#states[k], keep, kept, units, n);
    kernels.gruBackward(this.#gates[k], kept, this.#above[k], gradient, dGates, dRecurrent, units, n);
    this.#ofInput.backwardWeights(input.pointer, dGates, gradients, n);
    this.#ofState.backwardWeights(kept, dRecurrent, gradients, n);
    this.#ofState.backwardInput(this.#kept, dRecurrent, this.#dKept, n);
    kernels.keepSum(gradient, this.#dKept, keep, gradient, units, n);
    if (inputGradient !== 0) this.#ofInput.backwardInput(input, dGates, inputGradient, n);
  }

  #compute(input: Block, before: number, gates: number, hidden: number, n: number): void {
    this.#ofInput.forward(input.pointer, gates, n);
    this.#ofState.forward(before, this.#recurrent, n);
    this.#kernels.gruForward(gates, this.#recurrent, before, hidden, this.outputs, n);
  }
}
