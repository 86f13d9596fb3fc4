import { type BoxJson, boxFromJson } from './box.ts';
import { dict } from './dict.ts';
import { discrete } from './discrete.ts';
import { multiBinary } from './multiBinary.ts';
import { type MultiDiscreteJson, multiDiscreteFromJson } from './multiDiscrete.ts';
import type { Space } from './space.ts';
import { tuple } from './tuple.ts';

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
