import { padTo } from '../dense.ts';
import type { KernelLayout } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { Places } from './memory.ts';

/** A column of `count` blocks of so many features. */
export function blocks(features: number, count: number, kernels: KernelLayout): readonly ['f32', number] {
  return ['f32', count * padTo(features, kernels.rows()) * kernels.stride()];
}

/** Pointers to the blocks of such a column. */
export function pointersOf(
  { byteOffset, length }: Places[string],
  features: number,
  kernels: KernelLayout,
): number[] {
  const floats = blocks(features, 1, kernels)[1];
  return Array.from({ length: length / floats }, (_, k) => byteOffset + 4 * k * floats);
}

/** Bytes from a block's first feature to its feature f. */
export function featureAt(f: number, kernels: KernelLayout): number {
  return 4 * f * kernels.stride();
}

/** A block that no activation has made. */
export function linear(pointer: number): Block {
  return { pointer, slopes: 0, activation: 'linear' };
}
