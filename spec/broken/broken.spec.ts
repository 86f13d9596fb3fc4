import assert from 'node:assert/strict';
import { emulate } from '../../lib/env/emulate.ts';
import { type AnyEnv, defineEnv } from '../../lib/env/env.ts';
import { LawError } from '../laws/breach.ts';
import { columnarLaws } from '../laws/columnar/index.ts';
import { describeEnv } from '../laws/describe.ts';
import { envLaws } from '../laws/envLaws.ts';
import { structuredLaws } from '../laws/structured/index.ts';
import { vectorLaws } from '../laws/vector/index.ts';
import { calendar } from './columnar/calendar.ts';
import { climbers } from './columnar/climbers.ts';
import { dice } from './columnar/dice.ts';
import { drawingObserve } from './columnar/drawingObserve.ts';
import { emptyMask } from './columnar/emptyMask.ts';
import { hiddenState } from './columnar/hiddenState.ts';
import { ignoredMask } from './columnar/ignoredMask.ts';
import { leakingRows } from './columnar/leakingRows.ts';
import { lifelongLimit } from './columnar/lifelongLimit.ts';
import { nanReward } from './columnar/nanReward.ts';
import { oneWind } from './columnar/oneWind.ts';
import { outOfBounds } from './columnar/outOfBounds.ts';
import { restless } from './columnar/restless.ts';
import { rowForWorld } from './columnar/rowForWorld.ts';
import { straying } from './columnar/straying.ts';
import { throwing } from './columnar/throwing.ts';
import { trampling } from './columnar/trampling.ts';
import { unsaved } from './columnar/unsaved.ts';
import { unshown } from './columnar/unshown.ts';
import { unwritten } from './columnar/unwritten.ts';
import { walk } from './columnar/walk.ts';
import { Crowd } from './parallel/crowd.ts';
import { deadAgent } from './parallel/deadAgent.ts';
import { leakingPadding } from './parallel/leakingPadding.ts';
import { vanishing } from './parallel/vanishing.ts';
import { brittle } from './structured/brittle.ts';
import { eager } from './structured/eager.ts';
import { exposed } from './structured/exposed.ts';
import { forgetful } from './structured/forgetful.ts';
import { frozenSeed } from './structured/frozenSeed.ts';
import { lifelongState } from './structured/lifelongState.ts';
import { looseReset } from './structured/looseReset.ts';
import { newSpaces } from './structured/newSpaces.ts';
import { numbered } from './structured/numbered.ts';
import { numericFlags } from './structured/numericFlags.ts';
import { oldForm } from './structured/oldForm.ts';
import { reused } from './structured/reused.ts';
import { sharedState } from './structured/sharedState.ts';
import { shortBreath } from './structured/shortBreath.ts';
import { undying } from './structured/undying.ts';
import { Walk } from './structured/walk.ts';
import { wrongDtype } from './structured/wrongDtype.ts';

/** Which laws each must break, and in how few steps that can be shown. */
const broken: readonly (readonly [env: AnyEnv, laws: readonly string[], steps: number])[] = [
  [throwing, ['plays'], 5],
  [outOfBounds, ['observations'], 5],
  [nanReward, ['rewards'], 4],
  [unwritten, ['terminations'], 1],
  [dice, ['same-seed'], 1],
  [unshown, ['other-seed'], 50],
  [hiddenState, ['no-hidden-state'], 1],
  [oneWind, ['divisions', 'worlds-apart'], 1],
  [leakingRows, ['worlds-apart'], 1],
  [straying, ['own-rows'], 1],
  [drawingObserve, ['observe'], 2],
  [calendar, ['autoreset'], 50],
  [lifelongLimit, ['reset-forgets'], 16],
  [emptyMask, ['action-masks'], 4],
  [ignoredMask, ['forbidden-actions'], 1],
  [restless, ['spawned'], 3],
  [trampling, ['own-rows'], 1],
  [rowForWorld, ['own-rows', 'worlds-apart'], 4],
  [unsaved, ['save-load', 'fork'], 3],
  [newSpaces, ['spaces'], 1],
  [oldForm, ['returns'], 1],
  [wrongDtype, ['observations'], 1],
  [numericFlags, ['flags'], 1],
  [shortBreath, ['first-step'], 1],
  [eager, ['reset-first'], 1],
  [undying, ['after-end'], 6],
  [brittle, ['close'], 1],
  [looseReset, ['resets-go-on', 'same-seed'], 6],
  [frozenSeed, ['other-seed'], 50],
  [numbered, ['emulation', 'same-seed'], 1],
  [reused, ['no-aliasing'], 1],
  [exposed, ['own-memory'], 1],
  [forgetful, ['state-goes-on', 'save-load'], 12],
  [lifelongState, ['state-is-canonical', 'same-bytes'], 8],
  [sharedState, ['state-is-apart'], 2],
  [deadAgent, ['agents'], 5],
  [vanishing, ['agents'], 5],
  [leakingPadding, ['keys'], 5],
];

/** They never do the same twice, which is their fault. */
const unrepeatable: readonly AnyEnv[] = [calendar, dice, looseReset, numbered];

describe('the laws', function () {
  this.timeout(60_000);

  for (const [env, laws, most] of broken) {
    for (const name of laws) {
      it(`${name} finds what is wrong with ${env.id}, and shows it in ${most} steps at most`, async () => {
        const law = envLaws(env).find((candidate) => candidate.name === name);
        assert.ok(law);
        assert.equal(law.skip(env), undefined);
        for (const seed of [1, 2, 3]) {
          const error = await fault(() => law.run(env, { runs: 200, seed }));
          assert.equal(error.law, name);
          assert.equal(error.unasked, false);
          assert.ok((error.place.step ?? 0) <= most, error.message);
          if (unrepeatable.includes(env)) continue;
          const again = await fault(() => law.run(env, { seed, path: error.path }));
          assert.equal(again.reason, error.reason, 'what is printed repeats it');
        }
      });
    }
  }

  it('each find something, but for the time limit, which is none of an env’s doing', () => {
    const found = new Set(broken.flatMap(([, laws]) => laws));
    const all = [...columnarLaws, ...structuredLaws, ...vectorLaws].map(({ name }) => name);
    assert.deepEqual(
      [...new Set(all)].filter((name) => !found.has(name)),
      ['time-limit'],
    );
  });
});

async function fault(run: () => unknown): Promise<LawError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof LawError) return error;
    throw error;
  }
  return assert.fail('the law holds');
}

describe('laws that cannot be asked', () => {
  it('say that the env breaks before they can look', () => {
    const hopeless = defineEnv({
      ...walk,
      step() {
        throw new Error('out of order');
      },
    });
    const [plays, sameSeed] = ['plays', 'same-seed'].map((name) =>
      columnarLaws.find((law) => law.name === name),
    );
    assert.throws(() => plays?.run(hopeless), { name: 'LawError', unasked: false, reason: /out of order/ });
    assert.throws(() => sameSeed?.run(hopeless), { name: 'LawError', unasked: true, reason: /out of order/ });
  });

  it('are not made into tests where there is no test runner, nor if there is no such law', () => {
    const { describe: suite } = globalThis;
    try {
      Object.assign(globalThis, { describe: undefined });
      assert.throws(() => describeEnv(walk), /expected the globals describe and it/);
    } finally {
      Object.assign(globalThis, { describe: suite });
    }
    assert.throws(() => describeEnv(walk, { only: ['same-sed'] }), /expected one of plays, .*, got same-sed/);
  });
});

describe('what the broken envs are made of breaks no law', () => {
  describeEnv(walk, { runs: 50 });
  describeEnv(climbers, { runs: 50 });
  describeEnv(emulate({ id: 'Walk-v0', create: () => new Walk() }), { runs: 50 });
  describeEnv(emulate({ id: 'Crowd-v0', create: () => new Crowd() }), { runs: 50 });
});
