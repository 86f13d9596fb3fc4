import fc from 'fast-check';
import { Random } from '../../lib/random.ts';
import { arrays } from '../../lib/space/dtype.ts';
import { flatSpace, layout } from '../../lib/space/layout.ts';
import type { ChoiceMask } from '../../lib/space/masks.ts';
import { field } from '../../lib/space/paths.ts';
import { type Space, sameSpace } from '../../lib/space/space.ts';
import { spaceFromJson } from '../../lib/space/spaceFromJson.ts';
import { masksOf, valuesOf } from './arbitraries.ts';
import { Breach } from './breach.ts';
import { type Law, law } from './law.ts';
import { brief } from './log.ts';
import { seeds } from './plays.ts';
import { same } from './same.ts';

const samples = law<Space, number>({
  name: 'samples',
  says: 'Samples are in the space, and the same for the same seed.',
  cases: () => seeds(),
  holds(space, seed) {
    const value = space.sample(new Random(seed) as never);
    contained(space, value, 'sample');
    same(value, space.sample(new Random(seed)), 'sample');
  },
});

const masks = law<Space, { seed: number; mask: unknown }>({
  name: 'masks',
  says: 'Samples keep to the mask that they are drawn with.',
  cases: (space) => fc.record({ seed: seeds(), mask: masksOf(space) as fc.Arbitrary<unknown> }),
  holds(space, { seed, mask }) {
    const value: unknown = space.sample(new Random(seed), mask as never);
    contained(space, value, 'sample');
    const problem = forbidden(space, value, mask, 'sample');
    if (problem) throw new Breach({}, problem);
  },
});

const json = law<Space, number>({
  name: 'json',
  says: 'A space that is read from its description is the same space.',
  cases: () => seeds(),
  holds(space, seed) {
    const read = spaceFromJson(JSON.parse(JSON.stringify(space)));
    if (!sameSpace(space, read)) throw new Breach({}, 'the space that was read is another');
    same(space.sample(new Random(seed)), read.sample(new Random(seed)), 'sample');
  },
});

const pack = law<Space, unknown>({
  name: 'pack',
  says: 'A value that is packed and unpacked is the same value.',
  cases: (space) => valuesOf(space) as fc.Arbitrary<unknown>,
  holds(space, value) {
    const { dtype, width, pack: write, unpack } = layout(space);
    const column = new arrays[dtype](2 * width);
    write(value, column, 1);
    same(value, unpack(column, 1), 'value');
  },
});

const flatten = law<Space, unknown>({
  name: 'flatten',
  says: 'A flat row has the flat space’s numbers, and stands for one value: flat again, it is the same.',
  cases: (space) => valuesOf(space) as fc.Arbitrary<unknown>,
  holds(space, value) {
    const { size, flatten: write, unflatten } = layout(space);
    const flat = new Float32Array(size);
    write(value, flat);
    contained(flatSpace(space), flat, 'flat');
    const back = unflatten(flat);
    contained(space, back, 'unflattened');
    const again = new Float32Array(size);
    write(back, again);
    same(flat, again, 'flat');
  },
});

export const spaceLaws: readonly Law<Space>[] = [samples, masks, json, pack, flatten];

function contained(space: Space, value: unknown, path: string): void {
  const problem = space.problem(value, path);
  if (problem) throw new Breach({}, problem);
}

/** Where a value does what its mask forbids, or undefined. */
function forbidden(space: Space, value: unknown, mask: unknown, path: string): string | undefined {
  if (mask === undefined || space.type === 'Box') return undefined;
  if (space.type === 'Dict' || space.type === 'Tuple') {
    const parts: [string | number, Space][] =
      space.type === 'Dict'
        ? [...space.entries].map(([name, part]) => [name, part])
        : [...space.spaces.entries()];
    for (const [name, part] of parts) {
      const of = (whole: unknown) =>
        Object.hasOwn(whole as object, name) ? (whole as Record<string | number, unknown>)[name] : undefined;
      const at = typeof name === 'number' ? `${path}[${name}]` : field(path, name);
      const problem = forbidden(part, of(value), of(mask), at);
      if (problem) return problem;
    }
    return undefined;
  }
  const allows = (choice: number, i: number): boolean => {
    if (space.type === 'MultiBinary') return [choice === 0, choice === 1, true][(mask as number[])[i]];
    if (space.type === 'Discrete') return Boolean((mask as ChoiceMask)[choice - space.start]);
    return Boolean((mask as readonly ChoiceMask[])[i][choice - space.start[i]]);
  };
  const choices = typeof value === 'number' ? [value] : Array.from(value as ArrayLike<number>);
  const bad = choices.findIndex((choice, i) => !allows(choice, i));
  return bad < 0 ? undefined : `${path}[${bad}]: the mask forbids ${choices[bad]} and is ${brief(mask)}`;
}
