import type { GradSaveFunc, Tensor, Tf } from './tf.ts';

/**
 * An operation with a gradient of its own, where that is faster than the one that follows from its parts.
 *
 * @param inputs what gradients flow to
 * @param forward computes the output, and what the way back needs of it
 * @param backward the gradients by the inputs, in their order, from that by the output and from what was kept
 */
export function withGradient<T extends Tensor>(
  tf: Tf,
  inputs: readonly Tensor[],
  forward: () => { readonly value: T; readonly kept: readonly Tensor[] },
  backward: (dy: T, kept: Tensor[]) => Tensor[],
): T {
  return tf.customGrad<T>((...args: (Tensor | GradSaveFunc)[]) => {
    const { value, kept } = forward();
    (args[args.length - 1] as GradSaveFunc)([...kept]);
    return { value, gradFunc: backward };
  })(...inputs);
}
