import { prefixed, unprefixed } from '../../../restore.ts';
import { paddedSize, padTo, panelColumns } from '../dense.ts';
import { activations, type Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { ParameterPlan } from '../parameters.ts';
import type { Memory, MemoryPlan, MemorySizes, Places } from './memory.ts';
import { Product, type ProductShape } from './product.ts';
import { blocks, featureAt, linear, pointersOf } from './tape.ts';

/**
 * PufferLib 4.0's MinGRU: layers of
 *
 *   v, m, p = W x
 *   s = (1 − σ(m)) ⊙ s₋ + σ(m) ⊙ g(v), g(v) = v + ½ where v ≥ 0, else σ(v)
 *   y = σ(p) ⊙ s + (1 − σ(p)) ⊙ x
 *
 * whose gates do not see the state; y is the next layer's x. The state is s of all layers, the first layer's first. The
 * tape keeps the activations of the gates, the states and the outputs of all layers.
 *
 * @see Feng et al., arXiv:2410.01201; reference data: spec/golden/mingru.json
 */
export class MinGru implements Memory {
  readonly inputs: number;
  readonly outputs: number;
  readonly stateSize: number;
  readonly output: Block;
  readonly stateGradient: number;
  readonly #kernels: Kernels;
  readonly #products: readonly Product[];
  readonly #layer: number;
  readonly #ones: number;
  /** Layer l of step k is at k · layers + l; the last is that of `step`. */
  readonly #gates: readonly number[];
  /** Likewise. */
  readonly #tape: readonly Block[];
  readonly #states: readonly number[];
  readonly #above: readonly number[];
  readonly #dGates: number;
  readonly #dInput: number;
  readonly #dOutput: number;

  /**
   * Tensors as PufferLib names them, gates in the order v, m, p: `memory.layers.0.weight` [3 · units, units], …
   *
   * @throws RangeError unless there are as many inputs as units: y is a mixture of s and x
   */
  static plan(plan: ParameterPlan, { inputs, units, layers = 1 }: MemorySizes, rows: number): MemoryPlan {
    if (inputs !== units)
      throw new RangeError(`MinGru: expected as many inputs as units, got ${inputs} and ${units}`);
    const sizes = { outputs: 3 * units, inputs: units };
    const shapes = Array.from({ length: layers }, (_, l): ProductShape => {
      const weights = plan.reserve(paddedSize(sizes, rows));
      plan.add({
        name: `memory.layers.${l}.weight`,
        shape: [3 * units, units],
        at: weights,
        rows: 3 * units,
        columns: units,
        pitch: padTo(units, rows),
        initial: { gain: 1 },
      });
      return { ...sizes, weights };
    });
    return {
      stateSize: layers * units,
      shared: (kernels) =>
        Object.assign({}, ...shapes.map((shape, l) => prefixed(`${l}.`, panelColumns(shape, kernels)))),
      own: (kernels, slots) => ({
        ones: ['f32', kernels.block()],
        bias: ['f32', padTo(3 * units, kernels.rows())],
        dBias: ['f32', padTo(3 * units, kernels.rows())],
        gates: blocks(3 * units, slots * layers + 1, kernels),
        output: blocks(units, 1, kernels),
        tape: blocks(units, slots * layers, kernels),
        states: blocks(layers * units, slots && slots + 1, kernels),
        above: blocks(units, slots, kernels),
        stateGradient: blocks(layers * units, slots && 1, kernels),
        dGates: blocks(3 * units, slots && 1, kernels),
        dInput: blocks(units, slots && 1, kernels),
        dOutput: blocks(units, slots && 1, kernels),
      }),
      make: (kernels, parameters, columns) => new MinGru(shapes, kernels, parameters, columns),
    };
  }

  /** @param parameters pointer of the parameter vector; @param columns the plan's, taken by `shared` and `own` */
  constructor(shapes: readonly ProductShape[], kernels: Kernels, parameters: number, columns: Places) {
    const units = shapes[0].inputs;
    this.inputs = units;
    this.outputs = units;
    this.stateSize = shapes.length * units;
    this.#kernels = kernels;
    this.#products = shapes.map(
      (shape, l) =>
        new Product(shape, kernels, parameters, {
          ...unprefixed(`${l}.`, columns),
          // W x has no bias: it stays 0, and nobody reads its gradient.
          bias: columns.bias,
          dBias: columns.dBias,
        }),
    );
    this.#layer = featureAt(units, kernels);
    columns.ones.fill(1);
    this.#ones = columns.ones.byteOffset;
    this.#gates = pointersOf(columns.gates, 3 * units, kernels);
    this.#tape = pointersOf(columns.tape, units, kernels).map(linear);
    this.#states = pointersOf(columns.states, this.stateSize, kernels);
    this.#above = pointersOf(columns.above, units, kernels);
    this.#dGates = columns.dGates.byteOffset;
    this.#dInput = columns.dInput.byteOffset;
    this.#dOutput = columns.dOutput.byteOffset;
    this.output = linear(columns.output.byteOffset);
    this.stateGradient = columns.stateGradient.byteOffset;
  }

  pack(): void {
    for (const product of this.#products) product.pack();
  }

  step(input: Block, state: number, n: number): void {
    const gates = this.#gates[this.#gates.length - 1];
    const { pointer } = this.output;
    let x = input.pointer;
    for (let l = 0; l < this.#products.length; l++) {
      const s = state + l * this.#layer;
      this.#products[l].forward(x, gates, n);
      this.#kernels.minGruForward(gates, x, s, this.#ones, s, pointer, this.outputs, n);
      x = pointer;
    }
  }

  begin(state: number, n: number): void {
    this.#kernels.keepBlock(state, this.#ones, this.#states[0], this.stateSize, n);
    this.#kernels.fill(this.stateGradient, 0, this.#products.length * this.#layer);
  }

  forward(k: number, input: Block, keep: number, n: number): void {
    const layers = this.#products.length;
    let x = input.pointer;
    for (let l = 0; l < layers; l++) {
      const [gates, y] = [this.#gates[k * layers + l], this.#tape[k * layers + l].pointer];
      const at = l * this.#layer;
      const [before, after] = [this.#states[k] + at, this.#states[k + 1] + at];
      this.#products[l].forward(x, gates, n);
      this.#kernels.minGruForward(gates, x, before, keep, after, y, this.outputs, n);
      x = y;
    }
  }

  outputAt(k: number): Block {
    const layers = this.#products.length;
    return this.#tape[k * layers + layers - 1];
  }

  gradientAt(k: number): number {
    return this.#above[k];
  }

  stateAt(k: number): number {
    return this.#states[k];
  }

  backward(k: number, input: Block, keep: number, gradients: number, inputGradient: number, n: number): void {
    const kernels = this.#kernels;
    const [units, dGates, dInput] = [this.outputs, this.#dGates, this.#dInput];
    const layers = this.#products.length;
    let dy = this.#above[k];
    for (let l = layers - 1; l >= 0; l--) {
      const gates = this.#gates[k * layers + l];
      const x = l > 0 ? this.#tape[k * layers + l - 1] : input;
      const at = l * this.#layer;
      const [before, after, ds] = [this.#states[k] + at, this.#states[k + 1] + at, this.stateGradient + at];
      kernels.minGruBackward(gates, x.pointer, before, keep, after, dy, ds, dGates, units, n);
      this.#products[l].backwardWeights(x.pointer, dGates, gradients, n);
      const dx = l > 0 ? this.#dOutput : inputGradient;
      if (dx === 0) return;
      this.#products[l].backwardInput(linear(x.pointer), dGates, dInput, n);
      kernels.keepSum(dy, dInput, this.#ones, dx, units, n);
      dy = dx;
    }
    kernels.multiplySlopes(
      inputGradient,
      input.pointer,
      input.slopes,
      units,
      n,
      activations[input.activation],
    );
  }
}
