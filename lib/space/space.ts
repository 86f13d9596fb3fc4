import { type Box, boxFromJson } from './box.ts';
import { type Discrete, discrete } from './discrete.ts';

/** A set of values: what an env shows, or what it can be told. */
export type Space = Box | Discrete;
export type SpaceJson = ReturnType<Space['toJSON']>;

/** The space that `toJSON` described. @throws TypeError if it is not such a description */
export function spaceFromJson(json: unknown): Space {
  const { type } = (json ?? {}) as { type?: unknown };
  if (type === 'Discrete') return discrete((json as { n: number }).n);
  if (type === 'Box') return boxFromJson(json as Parameters<typeof boxFromJson>[0]);
  throw new TypeError(`spaceFromJson: expected a Box or a Discrete, got ${JSON.stringify(json)}`);
}

/** Whether two spaces hold the same values in the same form. */
export function sameSpace(a: Space, b: Space): boolean {
  return JSON.stringify(a.toJSON()) === JSON.stringify(b.toJSON());
}
