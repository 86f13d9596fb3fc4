import type { Box } from './box.ts';
import { choicesOf } from './choices.ts';
import { record } from './dict.ts';
import type { Discrete } from './discrete.ts';
import { leavesOf } from './leaves.ts';
import { type ChoiceMask, fieldMask } from './masks.ts';
import type { Infer, LeafSpace, MaskOf, Space } from './space.ts';

/** Between a trainer's actions, which are rows of numbers, and an env's, which have the structure of their space. */
export interface ActionCodec<S extends Space = Space> {
  /** The structured action of a row: `actions` [N, K] are indices of choices, to which starts are added; or floats. */
  decode(actions: ArrayLike<number>, row: number): Infer<S>;
  /**
   * Writes the flags of the choices of all components, one after the other, from `offset` on; parts without a mask
   * are allowed. A bit of a MultiBinary is a component of two choices.
   *
   * @throws RangeError naming the path of a mask of another form, or of a component without any allowed choice
   */
  maskFlags(mask: MaskOf<S> | undefined, flags: Uint8Array, offset: number, path?: string): void;
}

/** Reads an action from the numbers that begin at an index. */
type Read = (actions: ArrayLike<number>, start: number) => unknown;

export interface ActionCodecOptions {
  /** Cut the numbers of a Box to its bounds. */
  readonly clip?: boolean;
}

/** @throws TypeError unless the space is a Box of f32, or consists of Discrete, MultiDiscrete and MultiBinary */
export function actionCodec<S extends Space>(
  space: S,
  { clip = false }: ActionCodecOptions = {},
): ActionCodec<S> {
  if (!choicesOf(space) && !(space.type === 'Box' && space.dtype === 'f32')) {
    throw new TypeError(
      'actionCodec: expected a Box of f32, or a space of Discrete, MultiDiscrete and MultiBinary only',
    );
  }
  const [decoded, width] = readerOf(space, 0);
  const read = clip && space.type === 'Box' ? clipped(space, width) : decoded;
  const choices = choicesIn(space);
  return {
    decode: (actions, row) => read(actions, row * width) as Infer<S>,
    maskFlags(mask, flags, offset, path = 'mask') {
      if (!(offset >= 0 && offset + choices <= flags.length))
        throw new RangeError(
          `maskFlags: expected room for ${choices} flags from ${offset} on, got ${flags.length}`,
        );
      flags.fill(1, offset, offset + choices);
      const problem = mask === undefined ? undefined : space.maskProblem(mask, path);
      if (problem) throw new RangeError(problem);
      writeFlags(space, mask, flags, offset);
    },
  };
}

/** Reads a Box's numbers, cut to its bounds. */
function clipped({ low, high, shape }: Box, width: number): Read {
  const at = (value: number, k: number) => Math.max(low[k], Math.min(high[k], value));
  if (shape.length === 0) return (actions, start) => at(actions[start], 0);
  return (actions, start) => Float32Array.from({ length: width }, (_, k) => at(actions[start + k], k));
}

/** A reader, and the index after what it reads. */
function readerOf(space: Space, start: number): readonly [Read, end: number] {
  let end = start;
  const next = (part: Space) => {
    const [read, after] = readerOf(part, end);
    end = after;
    return read;
  };
  if (space.type === 'Tuple') {
    const readers = space.spaces.map(next);
    return [(actions, at) => readers.map((read) => read(actions, at)), end];
  }
  if (space.type === 'Dict') {
    const readers = space.entries.map(([name, part]) => [name, next(part)] as const);
    return [(actions, at) => record(readers.map(([name, read]) => [name, read(actions, at)])), end];
  }
  return [leafReader(space, start), start + leavesOf(space)[0].length];
}

function leafReader(space: LeafSpace, start: number): Read {
  if (space.type === 'Discrete') return (actions, at) => space.start + actions[at + start];
  if (space.type === 'Box' && space.shape.length === 0) return (actions, at) => actions[at + start];
  const first = firstValue(space);
  return (actions, at) => {
    const values = first.slice();
    for (let i = 0; i < values.length; i++) values[i] += actions[at + start + i];
    return values;
  };
}

/** What the action of zeros stands for. */
function firstValue(space: Exclude<LeafSpace, Discrete>): Int32Array | Int8Array | Float32Array {
  if (space.type === 'MultiDiscrete') return space.start;
  return space.type === 'Box' ? new Float32Array(space.size) : new Int8Array(space.size);
}

/** Writes the flags of a valid mask; returns the index after them. */
function writeFlags(space: Space, mask: unknown, flags: Uint8Array, start: number): number {
  if (mask === undefined) return start + choicesIn(space);
  let end = start;
  if (space.type === 'Tuple') {
    for (const [i, part] of space.spaces.entries())
      end = writeFlags(part, (mask as readonly unknown[])[i], flags, end);
  } else if (space.type === 'Dict') {
    for (const [name, part] of space.entries) end = writeFlags(part, fieldMask(mask, name), flags, end);
  } else if (space.type === 'MultiBinary') {
    for (const bit of Array.from(mask as ArrayLike<number>)) {
      flags[end++] = +(bit !== 1);
      flags[end++] = +(bit !== 0);
    }
  } else if (space.type !== 'Box') {
    const parts = (space.type === 'Discrete' ? [mask] : mask) as readonly ChoiceMask[];
    for (const part of parts) for (let i = 0; i < part.length; i++) flags[end++] = Number(part[i]);
  }
  return end;
}

function choicesIn(space: Space): number {
  return (choicesOf(space) ?? []).reduce((sum, size) => sum + size, 0);
}
