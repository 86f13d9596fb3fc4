import type { Dtype } from '../../lib/space/dtype.ts';
import type { Space } from '../../lib/space/space.ts';

// The rival of flatten/dict20: the best that recursion over structured values does in JavaScript. It follows a plan,
// whose nodes have one hidden class, and copies each element type in a loop of its own: three times as fast as a loop
// for all types over the spaces themselves, and one and a half times as fast as `set`.

type Kind = 'Dict' | 'Tuple' | 'Discrete' | 'MultiDiscrete' | Dtype;

/** What to do for a space; only what its kind needs is filled. */
interface Plan {
  readonly kind: Kind;
  readonly keys: readonly string[];
  readonly parts: readonly Plan[];
  readonly starts: readonly number[];
  /** Choices of each element, or one number of elements. */
  readonly sizes: readonly number[];
}

export function planOf(space: Space): Plan {
  const plan = { kind: space.type as Kind, keys: [], parts: [], starts: [], sizes: [] };
  switch (space.type) {
    case 'Dict':
      return {
        ...plan,
        keys: space.entries.map(([key]) => key),
        parts: space.entries.map(([, part]) => planOf(part)),
      };
    case 'Tuple':
      return { ...plan, parts: space.spaces.map(planOf) };
    case 'Discrete':
      return { ...plan, starts: [space.start], sizes: [space.n] };
    case 'MultiDiscrete':
      return { ...plan, starts: [...space.start], sizes: [...space.nvec] };
    default:
      return { ...plan, kind: space.type === 'MultiBinary' ? 'i8' : space.dtype, sizes: [space.size] };
  }
}

/** Writes a structured value as floats from `at` on; returns where they end. */
export function flatten(plan: Plan, value: unknown, flat: Float32Array, at: number): number {
  const { kind, keys, parts, starts, sizes } = plan;
  switch (kind) {
    case 'Dict': {
      const fields = value as Record<string, unknown>;
      for (let i = 0; i < parts.length; i++) at = flatten(parts[i], fields[keys[i]], flat, at);
      return at;
    }
    case 'Tuple': {
      const items = value as readonly unknown[];
      for (let i = 0; i < parts.length; i++) at = flatten(parts[i], items[i], flat, at);
      return at;
    }
    case 'Discrete':
      return oneHot((value as number) - starts[0], sizes[0], flat, at);
    case 'MultiDiscrete': {
      const choices = value as Int32Array;
      for (let k = 0; k < sizes.length; k++) at = oneHot(choices[k] - starts[k], sizes[k], flat, at);
      return at;
    }
    case 'f32':
      return copyFloats(value as Float32Array, sizes[0], flat, at);
    case 'u8':
      return copyBytes(value as Uint8Array, sizes[0], flat, at);
    case 'i8':
      return copySigned(value as Int8Array, sizes[0], flat, at);
    case 'i16':
      return copyShorts(value as Int16Array, sizes[0], flat, at);
    default:
      throw new TypeError(`flatten: expected f32, u8, i8 or i16, got ${kind}`);
  }
}

function oneHot(choice: number, n: number, flat: Float32Array, at: number): number {
  for (let i = 0; i < n; i++) flat[at + i] = 0;
  flat[at + choice] = 1;
  return at + n;
}

function copyFloats(from: Float32Array, n: number, flat: Float32Array, at: number): number {
  for (let i = 0; i < n; i++) flat[at + i] = from[i];
  return at + n;
}

function copyBytes(from: Uint8Array, n: number, flat: Float32Array, at: number): number {
  for (let i = 0; i < n; i++) flat[at + i] = from[i];
  return at + n;
}

function copySigned(from: Int8Array, n: number, flat: Float32Array, at: number): number {
  for (let i = 0; i < n; i++) flat[at + i] = from[i];
  return at + n;
}

function copyShorts(from: Int16Array, n: number, flat: Float32Array, at: number): number {
  for (let i = 0; i < n; i++) flat[at + i] = from[i];
  return at + n;
}
