import type { activations } from './kernels.ts';

export type Activation = keyof typeof activations;

/** Pointers to a block buffer and, for GELU, to its slopes (0: none). */
export interface Block {
  readonly pointer: number;
  readonly slopes: number;
  readonly activation: Activation;
}

/** A layer of a network, forwards and backwards, a block of samples at a time: composes kernels, computes nothing itself. */
export interface Layer {
  /** What it has computed. */
  readonly output: Block;
  /** Pointer to the gradient of the loss by the output before its activation: a block like the output. */
  readonly gradient: number;
  /** Packs the weights as the kernels want them; to be called when they have changed. */
  pack(): void;
  /** @param training also computes what the way back needs */
  forward(input: Block, n: number, training: boolean): void;
  /** Adds to the weights' gradients, a vector like the parameters at `gradients`, from what is at `gradient`. */
  backwardWeights(input: Block, gradients: number, n: number): void;
  /** Writes the gradient of the layer below before its activation; `input` is what that has computed. */
  backwardInput(input: Block, gradient: number, n: number): void;
}
