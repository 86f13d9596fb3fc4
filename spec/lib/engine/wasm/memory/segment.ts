import type { KernelLayout } from '../../../../../lib/engine/wasm/kernels.ts';
import type { Activation, Block } from '../../../../../lib/engine/wasm/layer.ts';
import { type MemoryKind, planMemory } from '../../../../../lib/engine/wasm/memory/cells.ts';
import type { MemorySizes, Places } from '../../../../../lib/engine/wasm/memory/memory.ts';
import { assignTensors, ParameterPlan, tensorsOf } from '../../../../../lib/engine/wasm/parameters.ts';
import type { Harness } from '../../../../kernels/setup.ts';

/** A row of numbers for each sample. */
export type Rows = readonly (readonly number[])[];
export type Weights = Readonly<Record<string, readonly number[]>>;

/** What a cell is to go through: T steps of n rows. */
export interface Segment {
  readonly weights: Weights;
  /** What the cell reads, by step, made by `activation`, whose slopes (for GELU) are `slopes`. */
  readonly inputs: readonly Rows[];
  readonly activation?: Activation;
  readonly slopes?: readonly Rows[];
  /** Before step 0. */
  readonly state: Rows;
  /** By step and row, 0 where an episode begins. */
  readonly keep: Rows;
  /** The loss is the sum of all outputs times these, plus the last state times `dState`. */
  readonly dOutputs: readonly Rows[];
  readonly dState?: Rows;
}

/** A cell in a harness's memory, all of whose buffers are NaN where it must not rely on them. */
export class Cell {
  readonly #harness: Harness;
  readonly #plan = new ParameterPlan();
  readonly #parameters: Float32Array;
  readonly #memory;
  readonly #views = new Map<number, Float32Array>();

  constructor(harness: Harness, kind: MemoryKind, sizes: MemorySizes, weights: Weights, slots: number) {
    const { kernels } = harness;
    const plan = planMemory(kind, this.#plan, sizes, kernels.rows());
    const columns: Record<string, Places[string]> = {};
    for (const [name, [, length]] of Object.entries({ ...plan.shared(kernels), ...plan.own(kernels, slots) }))
      columns[name] = harness.f32(name === 'bias' ? new Float32Array(length) : length);
    this.#harness = harness;
    this.#parameters = harness.f32(new Float32Array(this.#plan.size));
    assignTensors(this.#plan.segments, tensorsFrom(this.#plan, weights), this.#parameters);
    this.#memory = plan.make(kernels, this.#parameters.byteOffset, columns, slots);
    this.#memory.pack();
  }

  /** Outputs, states and gradients of a segment. */
  learn({ inputs, activation = 'linear', slopes, state, keep, dOutputs, dState }: Segment) {
    const memory = this.#memory;
    const { stateSize, outputs } = memory;
    const n = state.length;
    const gradients = this.#harness.f32(new Float32Array(this.#plan.size));
    const blocks = inputs.map((rows, k): Block => {
      const pointer = this.#block(rows);
      return { pointer, slopes: slopes ? this.#block(slopes[k]) : 0, activation };
    });
    const keeps = keep.map((row) => this.#block(row.map((value) => [value])));
    const dInput = this.#block(inputs[0].map((row) => row.map(() => Number.NaN)));
    memory.begin(this.#block(state), n);
    blocks.forEach((block, k) => {
      memory.forward(k, block, keeps[k], n);
    });
    if (dState) this.#write(memory.stateGradient, dState);
    dOutputs.forEach((rows, k) => {
      this.#write(memory.gradientAt(k), rows);
    });
    const dInputs: number[][][] = [];
    for (let k = blocks.length - 1; k >= 0; k--) {
      memory.backward(k, blocks[k], keeps[k], gradients.byteOffset, dInput, n);
      dInputs.unshift(this.#read(dInput, memory.inputs, n));
    }
    const tensors = tensorsOf(this.#plan.segments, gradients);
    return {
      outputs: blocks.map((_, k) => this.#read(memory.outputAt(k).pointer, outputs, n)),
      states: [...blocks.keys(), blocks.length].map((k) => this.#read(memory.stateAt(k), stateSize, n)),
      dInputs,
      dState: this.#read(memory.stateGradient, stateSize, n),
      gradients: Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...data]])),
    };
  }

  /** Outputs and last state of acting. Where keep is 0, the state is set to 0 before the step, as an agent does. */
  act({ inputs, state, keep }: Segment) {
    const n = state.length;
    const { stateSize, outputs } = this.#memory;
    const carried = this.#block(state);
    const stepped = inputs.map((rows, k) => {
      this.#write(
        carried,
        this.#read(carried, stateSize, n).map((row, s) => row.map((value) => value * keep[k][s])),
      );
      this.#memory.step({ pointer: this.#block(rows), slopes: 0, activation: 'linear' }, carried, n);
      return this.#read(this.#memory.output.pointer, outputs, n);
    });
    return { outputs: stepped, state: this.#read(carried, stateSize, n) };
  }

  /** A block of these rows: zeros up to the end of the last group of 8, NaN beyond. */
  #block(rows: Rows): number {
    const { kernels } = this.#harness;
    const column = this.#harness.f32(padTo(rows[0].length, kernels) * kernels.stride());
    this.#write(column.byteOffset, rows);
    return column.byteOffset;
  }

  #write(pointer: number, rows: Rows): void {
    const stride = this.#harness.kernels.stride();
    for (let f = 0; f < rows[0].length; f++) {
      const row = this.#view(pointer + 4 * f * stride);
      for (let s = 0; s < Math.ceil(rows.length / 8) * 8; s++) row[s] = rows[s]?.[f] ?? 0;
    }
  }

  #read(pointer: number, features: number, n: number): number[][] {
    const stride = this.#harness.kernels.stride();
    return Array.from({ length: n }, (_, s) =>
      Array.from({ length: features }, (_, f) => this.#view(pointer + 4 * f * stride)[s]),
    );
  }

  #view(pointer: number): Float32Array {
    let view = this.#views.get(pointer);
    if (!view) {
      view = new Float32Array(this.#parameters.buffer, pointer, this.#harness.kernels.block());
      this.#views.set(pointer, view);
    }
    return view;
  }
}

/** The shapes of a cell's tensors by name. */
export function tensorShapes(kind: MemoryKind, sizes: MemorySizes): Record<string, readonly number[]> {
  const plan = new ParameterPlan();
  planMemory(kind, plan, sizes, 1);
  return Object.fromEntries(plan.segments.map(({ name, shape }) => [name, shape]));
}

function tensorsFrom({ segments }: ParameterPlan, weights: Weights) {
  return Object.fromEntries(
    segments.map(({ name, shape }) => [name, { shape, data: Float32Array.from(weights[name]) }]),
  );
}

function padTo(count: number, kernels: KernelLayout): number {
  return Math.ceil(count / kernels.rows()) * kernels.rows();
}
