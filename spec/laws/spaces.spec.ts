import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Random } from '../../lib/random.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import type { Space } from '../../lib/space/space.ts';
import { spaces } from './arbitraries.ts';
import { LawError } from './breach.ts';
import { describeSpace } from './describe.ts';
import { spaceLaws } from './spaceLaws.ts';

describe('the laws of spaces', () => {
  it('hold for spaces of any form', () => {
    fc.assert(
      fc.property(spaces(), (space) => {
        for (const law of spaceLaws) law.run(space, { runs: 3 });
      }),
    );
  });

  const three = discrete(3);
  describeSpace('a Dict of choices', dict({ a: three, b: discrete(4, -2) }), { runs: 20 });
  for (const [law, fault, space] of [
    ['samples', 'draws what it does not contain', { ...three, sample: () => 3 }],
    ['samples', 'draws without its seed', { ...three, sample: () => Math.floor(3 * Math.random()) }],
    [
      'masks',
      'does not look at masks',
      dict({ a: { ...three, sample: (random: Random) => three.sample(random) } }),
    ],
    ['json', 'describes another', { ...three, toJSON: discrete(3, 1).toJSON }],
  ] as const satisfies readonly (readonly [string, string, Space])[]) {
    it(`${law} finds a space that ${fault}`, () => {
      const found = spaceLaws.find(({ name }) => name === law);
      assert.throws(
        () => found?.run(space),
        (error) => error instanceof LawError && error.law === law,
      );
    });
  }
});
