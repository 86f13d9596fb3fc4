import type { ColumnSpecs } from '../../../arena.ts';
import type { KernelLayout, Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';

/**
 * A recurrent cell over a block of rows, a step at a time. When acting, the state is the caller's; when learning, it is
 * the tape's, which remembers up to `slots` steps for the way back: backpropagation through time over a segment.
 *
 * All pointers are to blocks. Whatever is read must be finite to the end of the last group of 8 samples (`keep`
 * too), and gradients 0 there.
 */
export interface Memory {
  readonly inputs: number;
  readonly outputs: number;
  /** Floats of a row's state: the features of a state block. */
  readonly stateSize: number;
  /** Packs the weights as the kernels want them; to be called when they have changed. */
  pack(): void;

  /** What `step` has computed. */
  readonly output: Block;
  /** Acting: from an input and the state at `state`, which the next state overwrites, to `output`. */
  step(input: Block, state: number, n: number): void;

  /** Learning: begins a segment from the state at `state`, which stays as it is, and sets `stateGradient` to 0. */
  begin(state: number, n: number): void;
  /**
   * Computes step k < slots from the input and the state that step k − 1 left, first multiplied by `keep`: f32
   * [block()], 0 where an episode begins, else 1.
   */
  forward(k: number, input: Block, keep: number, n: number): void;
  /** What step k has computed; linear. */
  outputAt(k: number): Block;
  /** Pointer to the gradient by what step k has computed, to be written before `backward` of k, which may overwrite it. */
  gradientAt(k: number): number;
  /**
   * Goes back over step k, from the segment's last to 0: adds to the weights' gradients, a vector like the parameters at
   * `gradients`, and writes the gradient of the layer below before its activation to `inputGradient` (0: not wanted).
   * `input` and `keep` are as in `forward`. Nothing flows back where keep is 0.
   */
  backward(k: number, input: Block, keep: number, gradients: number, inputGradient: number, n: number): void;

  /** Pointer to the state carried into step k, before `keep`; that of `begin` for k = 0, the last for k = steps. */
  stateAt(k: number): number;
  /**
   * Pointer to the gradient by `stateAt(k)` after `backward` of k. What is added to it between `begin` and the first
   * `backward` is the gradient by the segment's last state; truncation drops what is left there in the end.
   */
  readonly stateGradient: number;
}

/** Sizes of a cell. */
export interface MemorySizes {
  readonly inputs: number;
  /** Floats of its output. */
  readonly units: number;
  /** How many of it are on top of one another (MinGRU only; default 1). */
  readonly layers?: number;
}

/** Columns by name, as an arena has placed them. */
export type Places = Readonly<Record<string, Place>>;

interface Place {
  readonly byteOffset: number;
  readonly length: number;
  fill(value: number): unknown;
}

/** A cell before there is an arena for it: its tensors have been laid out. */
export interface MemoryPlan {
  readonly stateSize: number;
  /** Columns that all members of a crew share: packed weights. */
  shared(kernels: KernelLayout): ColumnSpecs;
  /** Columns of each member; `slots` is the number of steps it learns from at once, 0 if it only acts. */
  own(kernels: KernelLayout, slots: number): ColumnSpecs;
  /** @param parameters pointer of the parameter vector; @param columns the shared and the own ones */
  make(kernels: Kernels, parameters: number, columns: Places, slots: number): Memory;
}
