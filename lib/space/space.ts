import { type Box, type BoxJson, type BoxLike, type BoxValue, boxFromJson } from './box.ts';
import { type Dict, dict } from './dict.ts';
import { type ChoiceMask, type Discrete, discrete } from './discrete.ts';
import { type MultiBinary, multiBinary } from './multiBinary.ts';
import { type MultiDiscrete, type MultiDiscreteJson, multiDiscreteFromJson } from './multiDiscrete.ts';
import type { Nested } from './numbers.ts';
import { type Tuple, tuple } from './tuple.ts';

/** A space that holds numbers, not other spaces. */
export type LeafSpace = Box | Discrete | MultiDiscrete | MultiBinary;

/** A set of values: what an env shows, or what it can be told. */
export type Space = LeafSpace | Dict | Tuple;

export type SpaceJson =
  | BoxJson
  | MultiDiscreteJson
  | ReturnType<Discrete['toJSON']>
  | ReturnType<MultiBinary['toJSON']>
  | { readonly type: 'Tuple'; readonly spaces: readonly SpaceJson[] }
  | { readonly type: 'Dict'; readonly entries: readonly (readonly [string, SpaceJson])[] };

/** The type of a space's values: `type Observation = Infer<typeof observation>`. */
export type Infer<S> =
  S extends Box<infer D, infer Shape>
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
export type Like<S> =
  S extends Box<infer D, infer Shape>
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
export type MaskOf<S> = S extends Discrete
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

const readers: Readonly<Record<string, (json: never) => Space>> = {
  Box: (json: BoxJson) => boxFromJson(json),
  Discrete: ({ n, start }: { n: number; start?: number }) => discrete(n, start),
  MultiDiscrete: (json: MultiDiscreteJson) => multiDiscreteFromJson(json),
  MultiBinary: ({ shape }: { shape: number[] }) => multiBinary(shape),
  Dict: ({ entries }: { entries: [string, unknown][] }) =>
    dict(entries.map(([name, json]) => [name, spaceFromJson(json)])),
  Tuple: ({ spaces }: { spaces: unknown[] }) => tuple(spaces.map(spaceFromJson)),
};

/** The space that `toJSON` described. @throws TypeError or RangeError if it is not such a description */
export function spaceFromJson(json: unknown): Space {
  const { type } = (json ?? {}) as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(readers, type)) {
    throw new TypeError(
      `spaceFromJson: expected one of ${Object.keys(readers).join(', ')}, got ${JSON.stringify(json)}`,
    );
  }
  return readers[type](json as never);
}

/** Whether two spaces hold the same values in the same form, and in the same order where they are nested. */
export function sameSpace(a: Space, b: Space): boolean {
  return JSON.stringify(a.toJSON()) === JSON.stringify(b.toJSON());
}
