import { type BoxJson, boxFromJson } from './box.ts';
import { dict } from './dict.ts';
import { discrete } from './discrete.ts';
import { multiBinary } from './multiBinary.ts';
import { type MultiDiscreteJson, multiDiscreteFromJson } from './multiDiscrete.ts';
import { MOST_ELEMENTS, sizeOf } from './numbers.ts';
import { show } from './paths.ts';
import type { Space } from './space.ts';
import { tuple } from './tuple.ts';

/** Deeper than any world is described; without a limit a hostile file would overflow the stack. */
const DEPTH = 64;

type Read = (json: unknown) => Space;

const readers: Readonly<Record<string, (json: never, read: Read) => Space>> = {
  Box: (json: BoxJson) => boxFromJson(json),
  Discrete: ({ n, start }: { n: number; start?: number }) => discrete(n, start),
  MultiDiscrete: (json: MultiDiscreteJson) => multiDiscreteFromJson(json),
  MultiBinary: ({ shape }: { shape: number[] }) => multiBinary(shape),
  Dict: ({ entries }: { entries: unknown }, read) =>
    dict(
      many('entries of a Dict', entries).map((entry) => {
        const [name, json] = many('name and space of an entry', entry);
        return [name as string, read(json)] as const;
      }),
    ),
  Tuple: ({ spaces }: { spaces: unknown }, read) => tuple(many('spaces of a Tuple', spaces).map(read)),
};

/** The space that `toJSON` described. @throws TypeError or RangeError if it is not such a description */
export function spaceFromJson(json: unknown): Space {
  let left = MOST_ELEMENTS;
  const reader =
    (depth: number): Read =>
    (inner) => {
      if (depth > DEPTH)
        throw new RangeError(`spaceFromJson: expected at most ${DEPTH} spaces in one another`);
      const { type, shape } = (inner ?? {}) as { type?: unknown; shape?: unknown };
      if (typeof type !== 'string' || !Object.hasOwn(readers, type)) {
        const got = type === undefined ? show(inner) : `the type ${show(type)}`;
        throw new TypeError(`spaceFromJson: expected one of ${Object.keys(readers).join(', ')}, got ${got}`);
      }
      // Before anything is made of it.
      left -= Array.isArray(shape) ? elementsIn(shape) : 1;
      if (!(left >= 0))
        throw new RangeError(`spaceFromJson: expected at most ${MOST_ELEMENTS} elements in all`);
      return readers[type](inner as never, reader(depth + 1));
    };
  return reader(1)(json);
}

/** NaN for what is no shape at all. */
function elementsIn(shape: readonly unknown[]): number {
  return shape.every((length) => typeof length === 'number') ? sizeOf(shape) : Number.NaN;
}

function many(what: string, json: unknown): readonly unknown[] {
  if (!Array.isArray(json))
    throw new TypeError(`spaceFromJson: expected the ${what} in an array, got ${show(json)}`);
  return json;
}
