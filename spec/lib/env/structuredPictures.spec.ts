import assert from 'node:assert/strict';
import { emulate } from '../../../lib/env/emulate.ts';
import type { GymnasiumEnv, ParallelEnv } from '../../../lib/env/structured.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import { Herd, Rover, rover } from '../../fakes/structured.ts';

const picture = (value: number) => ({ width: 2, height: 1, data: new Uint8Array(6).fill(value) });

/** An env of which each instance that is made draws something of its own. */
function drawing(make: () => GymnasiumEnv | ParallelEnv, draw: (made: number) => unknown) {
  let made = 0;
  const create = () => {
    const index = made++;
    return Object.assign(make(), { render: () => draw(index) });
  };
  return emulate({ id: 'Drawn-v0', create: create as () => GymnasiumEnv });
}

describe('a structured env', () => {
  it('gives the pictures that the instance of the world draws', () => {
    for (const make of [() => new Rover(), () => new Herd({ hunters: 2, prey: 1 })]) {
      // The first instance is made to look at its spaces.
      const envs = vectorize(drawing(make, picture), { numEnvs: 3, seed: 1 });
      assert.deepEqual(
        [0, 2].map((world) => envs.render(world)),
        [picture(1), picture(3)],
      );
      assert.throws(() => envs.render(3), RangeError);
      envs.close();
    }
    assert.equal(vectorize(rover(), { numEnvs: 1, seed: 1 }).render(0), undefined);
  });

  it('is named where it gives none', () => {
    const faults: [fault: () => unknown, message: RegExp][] = [
      [
        () => ({ ...picture(0), width: 3 }),
        /^Drawn-v0, env 0, step 0: render: expected .* got 3 × 1 with 6 bytes$/,
      ],
      [() => ({ ...picture(0), data: [0, 0, 0, 0, 0, 0] }), /render: expected/],
      [() => null, /render: expected/],
      [
        () => {
          throw new Error('out of paint');
        },
        /^Drawn-v0, env 0, step 0: out of paint$/,
      ],
    ];
    for (const [fault, message] of faults) {
      const envs = vectorize(
        drawing(() => new Rover(), fault),
        { numEnvs: 1, seed: 1 },
      );
      assert.throws(() => envs.render(0), { name: 'EnvError', message });
    }
  });
});
