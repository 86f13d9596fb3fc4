import type { Random } from '../random.ts';
import type { Box, BoxJson, BoxLike, BoxValue } from './box.ts';
import type { Discrete } from './discrete.ts';
import type { ChoiceMask } from './masks.ts';
import type { MultiBinary } from './multiBinary.ts';
import type { MultiDiscrete, MultiDiscreteJson } from './multiDiscrete.ts';
import type { Nested } from './numbers.ts';

/** A space that holds numbers, not other spaces. */
export type LeafSpace = Box | Discrete | MultiDiscrete | MultiBinary;

/** A set of values: what an env shows, or what it can be told. */
export type Space = LeafSpace | Dict | Tuple;

export type Fields = Readonly<Record<string, Space>>;

/** Named values, each of a space of its own. The order of the names is the order in flat vectors and packed rows. */
export interface Dict<F extends Fields = Fields> {
  readonly type: 'Dict';
  readonly entries: readonly (readonly [name: string, space: Space])[];
  readonly fields: F;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is { readonly [K in keyof F]: Like<F[K]> };
  /** What is wrong with a mask, and where, or undefined. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /** @param mask the mask of each field, by name; fields without one are left out */
  sample(
    random: Random,
    mask?: { readonly [K in keyof F]?: MaskOf<F[K]> },
  ): { readonly [K in keyof F]: Infer<F[K]> };
  toJSON(): { readonly type: 'Dict'; readonly entries: readonly (readonly [string, SpaceJson])[] };
}

/** One value of each of several spaces, in order. */
export interface Tuple<S extends readonly Space[] = readonly Space[]> {
  readonly type: 'Tuple';
  readonly spaces: S;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is { readonly [K in keyof S]: Like<S[K]> };
  /** What is wrong with a mask, and where, or undefined. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /** @param mask the mask of each space, or undefined for those without */
  sample(
    random: Random,
    mask?: { readonly [K in keyof S]?: MaskOf<S[K]> },
  ): { readonly [K in keyof S]: Infer<S[K]> };
  toJSON(): { readonly type: 'Tuple'; readonly spaces: readonly SpaceJson[] };
}

export type SpaceJson =
  | BoxJson
  | MultiDiscreteJson
  | ReturnType<Discrete['toJSON']>
  | ReturnType<MultiBinary['toJSON']>
  | { readonly type: 'Tuple'; readonly spaces: readonly SpaceJson[] }
  | { readonly type: 'Dict'; readonly entries: readonly (readonly [string, SpaceJson])[] };

/** The type of a space's values: `type Observation = Infer<typeof observation>`; of a space not known, `unknown`. */
export type Infer<S> = Space extends S
  ? unknown
  : S extends Box<infer D, infer Shape>
    ? BoxValue<D, Shape>
    : S extends Discrete
      ? number
      : S extends MultiDiscrete
        ? Int32Array
        : S extends MultiBinary
          ? Int8Array
          : S extends Dict<infer F>
            ? { readonly [K in keyof F]: Infer<F[K]> }
            : S extends Tuple<infer T>
              ? { readonly [K in keyof T]: Infer<T[K]> }
              : never;

/** What may be given for a value: also arrays of numbers where the value is a typed array. */
export type Like<S> = Space extends S
  ? unknown
  : S extends Box<infer D, infer Shape>
    ? BoxLike<D, Shape>
    : S extends Discrete
      ? number
      : S extends MultiDiscrete
        ? Int32Array | Nested<number>
        : S extends MultiBinary
          ? Int8Array | Nested<number>
          : S extends Dict<infer F>
            ? { readonly [K in keyof F]: Like<F[K]> }
            : S extends Tuple<infer T>
              ? { readonly [K in keyof T]: Like<T[K]> }
              : never;

/** What restricts a space's samples, and says which actions are allowed: flags for each choice, nested as the space. */
export type MaskOf<S> = Space extends S
  ? unknown
  : S extends Discrete
    ? ChoiceMask
    : S extends MultiDiscrete
      ? readonly ChoiceMask[]
      : S extends MultiBinary
        ? ArrayLike<number>
        : S extends Dict<infer F>
          ? { readonly [K in keyof F]?: MaskOf<F[K]> }
          : S extends Tuple<infer T>
            ? { readonly [K in keyof T]?: MaskOf<T[K]> }
            : undefined;

/** Whether two spaces hold the same values in the same form, and in the same order where they are nested. */
export function sameSpace(a: Space, b: Space): boolean {
  return JSON.stringify(a.toJSON()) === JSON.stringify(b.toJSON());
}
