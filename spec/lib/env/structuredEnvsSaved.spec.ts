import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emulate } from '../../../lib/env/emulate.ts';
import { loadState, saveState } from '../../../lib/env/saveState.ts';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import type { Json, Saved } from '../../../lib/nouns.ts';
import { herd, Rover, rover, structuredEnvs } from '../../fakes/structured.ts';
import { act, cameOf } from './act.ts';

const autoresets = fc.constantFrom<Autoreset>('NEXT_STEP', 'SAME_STEP');

/** What comes of each of some steps. */
function play(envs: VectorEnvs, steps: number, seed: number): unknown[] {
  return Array.from({ length: steps }, (_, t) => {
    act(envs, 1, seed + t);
    return [
      cameOf(envs),
      envs.groups.map(({ finalObservations }) => finalObservations?.slice()),
      envs.scores,
    ];
  });
}

describe('the saved state of StructuredEnvs', () => {
  it('makes other envs go on as these do, and is saved again as the same bytes', () => {
    fc.assert(
      fc.property(
        structuredEnvs,
        autoresets,
        fc.nat(),
        fc.nat(25),
        fc.nat(25),
        (env, autoreset, seed, before, used) => {
          const envs = vectorize(env, { numEnvs: 3, seed, autoreset });
          act(envs, before, seed);
          const bytes = saveState(envs);
          const other = vectorize(env, { numEnvs: 3, seed: seed + 9, autoreset });
          act(other, used, seed + 1);
          loadState(other, bytes);
          assert.deepEqual([other.t, other.steps, other.scores], [envs.t, envs.steps, envs.scores]);
          assert.deepEqual(other.observe(), envs.observe());
          assert.deepEqual(saveState(other), bytes);
          assert.deepEqual(play(other, 20, seed), play(envs, 20, seed));
          assert.deepEqual(saveState(other), saveState(envs));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is a copy, whatever getState gives away', () => {
    for (const env of [rover(), herd({ hunters: 3, prey: 3 })]) {
      const envs = vectorize(env, { numEnvs: 2, seed: 3 });
      act(envs, 5, 0);
      const saved = envs.save();
      const future = play(envs, 9, 4);
      envs.load(saved);
      assert.deepEqual(play(envs, 9, 4), future);
      envs.load(saved);
      assert.deepEqual(play(envs, 9, 4), future);
    }
  });

  it('is forked into other worlds, which then do the same, and nothing of the origin is changed', () => {
    fc.assert(
      fc.property(structuredEnvs, autoresets, fc.nat(), fc.nat(25), (env, autoreset, seed, before) => {
        const [envs, twin] = [0, 1].map(() => vectorize(env, { numEnvs: 3, seed, autoreset }));
        for (const each of [envs, twin]) act(each, before, seed);
        envs.fork(1, [0, 2]);
        assert.deepEqual(worldsOf(envs), Array(3).fill(worldsOf(twin)[1]));
        for (let t = 0; t < 20; t++) {
          act(twin, 1, seed + t);
          for (const [g, { actions }] of envs.groups.entries()) {
            const width = actions.length / 3;
            const own = twin.groups[g].actions.subarray(width, 2 * width);
            for (let world = 0; world < 3; world++) actions.set(own, world * width);
          }
          envs.advance();
          assert.deepEqual(worldsOf(envs), Array(3).fill(worldsOf(twin)[1]));
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** What came of a step, by worlds. */
function worldsOf({ groups, ended, numEnvs }: VectorEnvs): unknown[] {
  return Array.from({ length: numEnvs }, (_, world) => {
    const columns = groups.flatMap(
      ({ observations, actionMasks, rewards, terminations, truncations, masks }) =>
        [observations, actionMasks, rewards, terminations, truncations, masks].map((column) => {
          const width = (column?.length ?? 0) / numEnvs;
          return column?.slice(world * width, (world + 1) * width);
        }),
    );
    return [columns, ended[world]];
  });
}

describe('a saved state of StructuredEnvs that cannot be', () => {
  const env = herd({ hunters: 3, prey: 3, reappear: false });
  const envs = vectorize(env, { numEnvs: 4, seed: 1 });
  act(envs, 2, 0);
  const saved = envs.save();
  const there = [...saved.tensors['rows.hunter.occupants'].data];
  const [present, absent] = [there.findIndex((place) => place > 0), there.indexOf(0)];

  const write =
    (name: string, at: number, value: number) =>
    ({ tensors }: Saved) => {
      tensors[name].data[at] = value;
    };
  const value = (name: string, json: Json) => (copy: Saved) =>
    void Object.assign(copy.values, { [name]: json });
  const states = saved.values.worlds as Json[];
  const cases: [what: string, change: (copy: Saved) => void, message: RegExp][] = [
    ['a counter in words', value('t', 'two'), /expected envs\.t as a count/],
    ['a name too many', value('seed', 1), /envs\.seed/],
    [
      'more steps than rows could take',
      value('steps', 100),
      /100 steps and \d+ episodes of 24 rows cannot be at step 2/,
    ],
    ['more episodes than steps', value('episodes', 40), /40 episodes/],
    ['a world too few', value('worlds', states.slice(1)), /expected envs\.worlds as 4 states/],
    [
      'a column too few',
      ({ tensors }) => delete (tensors as Record<string, unknown>)['rows.prey.gone'],
      /rows\.prey\.gone/,
    ],
    ['a flag of 2', write('ended', 0, 2), /envs\.ended\[0\]/],
    ['a finished flag of 2', write('rows.prey.gone', 0, 2), /prey: gone: expected flags/],
    [
      'an agent of another row',
      write('rows.hunter.occupants', present, 3 - (present % 3)),
      /hunter\[\d+\]: /,
    ],
    [
      'an agent beyond all',
      write('rows.hunter.occupants', present, 4),
      /hunter\[\d+\]: occupants: 4 is no agent's place/,
    ],
    ['a negative agent', write('rows.hunter.occupants', present, -1), /occupants: -1 is no agent's place/],
    [
      'an agent who has finished',
      write('rows.hunter.gone', present, 1),
      /gone: hunter_\d is there, but has finished/,
    ],
    [
      'an agent who has done more than the world',
      write('rows.hunter.elapsed', present, 3),
      /elapsed: 3 steps cannot be/,
    ],
    ['a world older than the run', write('elapsed', 0, 3), /world 0: elapsed: 3 steps cannot be/],
    ['a return of no steps', write('rows.hunter.episodeReturns', absent, 1), /episodeReturns: expected 0/],
    ['a return that is NaN', write('rows.hunter.episodeReturns', present, Number.NaN), /episodeReturns/],
    [
      'an observation outside its space',
      write('rows.hunter.observations', 12 * present + 3, 255),
      /hunter\[\d+\]: observation\.hunger: expected/,
    ],
    [
      'padding that is not 0',
      write('rows.hunter.observations', 12 * absent, 1),
      /hunter\[\d+\]: observation: expected padding to be 0/,
    ],
    ['a mask of 2', write('rows.hunter.actionMasks', 4 * present, 2), /hunter\[\d+\]: action mask/],
    [
      'a mask for nobody',
      write('rows.hunter.actionMasks', 4 * absent, 0),
      /hunter\[\d+\]: action mask: expected 1/,
    ],
    ['a state of nothing', value('worlds', states.with(2, null)), /Herd-v0, env 2, step \d+: Cannot/],
    [
      'a state that is no code',
      value('worlds', states.with(2, { $map: 1 })),
      /envs: worlds\[2\]: \$map cannot hold/,
    ],
    [
      'states in another order',
      value('worlds', [...states].reverse()),
      /agents: expected [\w, ]+ in this state, got/,
    ],
  ];

  for (const [what, change, message] of cases) {
    it(`is refused: ${what}`, () => {
      const copy = structuredClone(saved);
      change(copy);
      act(envs, 3, 5);
      const before = saveState(envs);
      assert.throws(() => envs.load(copy), { name: 'CheckpointError', message });
      assert.deepEqual(saveState(envs), before);
      const twin = vectorize(env, { numEnvs: 4, seed: 8 });
      loadState(twin, before);
      assert.deepEqual(play(envs, 4, 6), play(twin, 4, 6));
    });
  }
});

describe('a saved state of worlds that have ended', () => {
  const envs = vectorize(rover(2), { numEnvs: 2, seed: 1 });
  act(envs, 2, 0);
  it('is one of them', () => assert.equal(envs.ended[0], 1));
  const cases: [name: string, value: number, message: RegExp][] = [
    ['elapsed', 1, /world 0: elapsed: 1 steps cannot be/],
    ['rows.agent.occupants', 1, /world 0: 1 agents in an episode that is over/],
    ['ended', 0, /world 0: 0 agents in an episode that goes on/],
    ['rows.agent.masks', 0, /agent\[0\]: observation: expected padding to be 0/],
  ];
  for (const [name, value, message] of cases) {
    it(`is refused with ${name} ${value}`, () => {
      const saved = envs.save();
      saved.tensors[name].data[0] = value;
      assert.throws(() => envs.load(saved), { name: 'CheckpointError', message });
    });
  }
});

describe('an env that cannot be saved', () => {
  const made = (change: object) => {
    const create = () => Object.assign(new Rover(), change);
    return vectorize(emulate({ id: 'Rover-v0', create }), { numEnvs: 2, seed: 0 });
  };

  it('says so', () => {
    const mute = made({ getState: undefined, setState: undefined });
    const message = (verb: string) => `${verb} Rover-v0: this env cannot be saved: it has no getState`;
    assert.throws(() => mute.save(), { message: message('save') });
    assert.throws(() => mute.fork(0, [1]), { message: message('fork') });
    assert.throws(
      () => mute.load(made({}).save()),
      /load Rover-v0: this env cannot be saved: it has no getState/,
    );
  });

  it('names what is no plain data in its state', () => {
    const odd = made({ getState: () => ({ map: [new Map()] }) });
    const message = 'Rover-v0, env 0, step 0: state.map[0]: expected plain data, got an instance of Map';
    assert.throws(() => odd.save(), { name: 'EnvError', message });
  });

  it('refuses worlds that there are not', () => {
    for (const [from, to] of [
      [2, 0],
      [0, 2],
      [0, -1],
      [0.5, 1],
    ])
      assert.throws(() => made({}).fork(from, [to]), { name: 'RangeError', message: /worlds in \[0, 2\)/ });
  });
});
