import { padTo, panelColumns, planDense } from '../dense.ts';
import { activations, type Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { ParameterPlan } from '../parameters.ts';
import type { Memory, MemoryPlan, MemorySizes, Places } from './memory.ts';
import { Product, type ProductShape } from './product.ts';
import { blocks, featureAt, linear, pointersOf } from './tape.ts';

/**
 * Long short-term memory:
 *
 *   i, f, o = σ(W x + U h₋ + b), g = tanh(W x + U h₋ + b), each with rows of its own
 *   c = f ⊙ c₋ + i ⊙ g
 *   h = o ⊙ tanh c
 *
 * The state is [h, c], the output h. W and U are the halves of one matrix, so that the sums of a step are one product
 * with [x, h₋]. The tape keeps the activations of the gates and the states.
 *
 * @see Hochreiter and Schmidhuber, Neural Computation 9 (1997); reference data: spec/golden/lstm.json
 */
export class Lstm implements Memory {
  readonly inputs: number;
  readonly outputs: number;
  readonly stateSize: number;
  readonly output: Block;
  readonly stateGradient: number;
  readonly #kernels: Kernels;
  readonly #product: Product;
  /** Bytes of h, and of x. */
  readonly #hidden: number;
  readonly #input: number;
  readonly #joined: number;
  readonly #dJoined: number;
  readonly #dGates: number;
  readonly #ones: number;
  /** The last is that of `step`. */
  readonly #gates: readonly number[];
  readonly #states: readonly number[];
  readonly #above: readonly number[];
  readonly #tape: readonly Block[];

  /**
   * Tensors as PyTorch's LSTMCell names them, gates in the order i, f, g, o: `memory.weight_ih` [4 · units, inputs],
   * `memory.weight_hh` [4 · units, units] and `memory.bias_ih` [4 · units], which is the sum of PyTorch's two.
   */
  static plan(plan: ParameterPlan, { inputs, units }: MemorySizes, rows: number): MemoryPlan {
    const sizes = { outputs: 4 * units, inputs: inputs + units, activation: 'linear' } as const;
    const shape = planDense(plan, sizes, rows);
    const pitch = padTo(inputs + units, rows);
    const part = (name: string, at: number, columns: number) => ({
      name: `memory.${name}`,
      shape: [4 * units, columns],
      at,
      rows: 4 * units,
      columns,
      pitch,
      initial: { gain: 1 },
    });
    plan.add(part('weight_ih', shape.weights, inputs), part('weight_hh', shape.weights + inputs, units), {
      name: 'memory.bias_ih',
      shape: [4 * units],
      at: shape.bias,
      rows: 1,
      columns: 4 * units,
      pitch: 4 * units,
      initial: { constant: 0 },
    });
    return {
      stateSize: 2 * units,
      shared: (kernels) => panelColumns(shape, kernels),
      own: (kernels, slots) => ({
        ones: ['f32', kernels.block()],
        joined: blocks(inputs + units, 1, kernels),
        gates: blocks(4 * units, slots + 1, kernels),
        output: blocks(units, 1, kernels),
        states: blocks(2 * units, slots && slots + 1, kernels),
        above: blocks(units, slots, kernels),
        stateGradient: blocks(2 * units, slots && 1, kernels),
        dGates: blocks(4 * units, slots && 1, kernels),
        dJoined: blocks(inputs + units, slots && 1, kernels),
      }),
      make: (kernels, parameters, columns) => new Lstm(shape, units, kernels, parameters, columns),
    };
  }

  /** @param parameters pointer of the parameter vector; @param columns the plan's, taken by `shared` and `own` */
  constructor(shape: ProductShape, units: number, kernels: Kernels, parameters: number, columns: Places) {
    this.inputs = shape.inputs - units;
    this.outputs = units;
    this.stateSize = 2 * units;
    this.#kernels = kernels;
    this.#product = new Product(shape, kernels, parameters, columns);
    this.#hidden = featureAt(units, kernels);
    this.#input = featureAt(this.inputs, kernels);
    this.#joined = columns.joined.byteOffset;
    this.#dJoined = columns.dJoined.byteOffset;
    this.#dGates = columns.dGates.byteOffset;
    columns.ones.fill(1);
    this.#ones = columns.ones.byteOffset;
    this.#gates = pointersOf(columns.gates, 4 * units, kernels);
    this.#states = pointersOf(columns.states, 2 * units, kernels);
    this.#above = pointersOf(columns.above, units, kernels);
    this.#tape = this.#states.slice(1).map(linear);
    this.output = linear(columns.output.byteOffset);
    this.stateGradient = columns.stateGradient.byteOffset;
  }

  pack(): void {
    this.#product.pack();
  }

  step(input: Block, state: number, n: number): void {
    const cell = state + this.#hidden;
    const gates = this.#gates[this.#gates.length - 1];
    const { pointer } = this.output;
    this.#join(input, state, this.#ones, n);
    this.#product.forward(this.#joined, gates, n);
    this.#kernels.lstmForward(gates, cell, this.#ones, pointer, cell, this.outputs, n);
    this.#kernels.keepBlock(pointer, this.#ones, state, this.outputs, n);
  }

  begin(state: number, n: number): void {
    this.#kernels.keepBlock(state, this.#ones, this.#states[0], this.stateSize, n);
    this.#kernels.fill(this.stateGradient, 0, 2 * this.#hidden);
  }

  forward(k: number, input: Block, keep: number, n: number): void {
    const [before, after] = [this.#states[k], this.#states[k + 1]];
    this.#join(input, before, keep, n);
    this.#product.forward(this.#joined, this.#gates[k], n);
    this.#kernels.lstmForward(
      this.#gates[k],
      before + this.#hidden,
      keep,
      after,
      after + this.#hidden,
      this.outputs,
      n,
    );
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
    const { activation, pointer, slopes } = input;
    const [before, after] = [this.#states[k], this.#states[k + 1]];
    kernels.lstmBackward(
      this.#gates[k],
      before + this.#hidden,
      keep,
      after + this.#hidden,
      this.#above[k],
      this.stateGradient,
      this.stateGradient + this.#hidden,
      this.#dGates,
      this.outputs,
      n,
    );
    this.#join(input, before, keep, n);
    this.#product.backwardWeights(this.#joined, this.#dGates, gradients, n);
    this.#product.backwardInput(linear(this.#joined), this.#dGates, this.#dJoined, n);
    kernels.keepBlock(this.#dJoined + this.#input, keep, this.stateGradient, this.outputs, n);
    if (inputGradient === 0) return;
    kernels.keepBlock(this.#dJoined, this.#ones, inputGradient, this.inputs, n);
    kernels.multiplySlopes(inputGradient, pointer, slopes, this.inputs, n, activations[activation]);
  }

  /** [x, keep ⊙ h₋] as one block. It is made anew on the way back: it stays in the cache, a tape of them would not. */
  #join(input: Block, state: number, keep: number, n: number): void {
    this.#kernels.keepBlock(input.pointer, this.#ones, this.#joined, this.inputs, n);
    this.#kernels.keepBlock(state, keep, this.#joined + this.#input, this.outputs, n);
  }
}
