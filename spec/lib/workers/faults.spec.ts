import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { firstValueFrom, lastValueFrom, take } from 'rxjs';
import { cartPole, squared, taxi } from '../../../envs/index.ts';
import type { AnyEnv } from '../../../lib/env/env.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import { EnvError, WorkerError } from '../../../lib/errors.ts';
import { openRun } from '../../../pipelines/openRun.ts';
import { ppo } from '../../../pipelines/ppo.ts';
import { train } from '../../../pipelines/train.ts';

type Form = 'columnar' | 'structured';

const here = (path: string) => new URL(path, import.meta.url).href;
const mishaps = here('../../fixtures/mishaps.ts');
const numEnvs = 5;
const quick = { seed: 0, numEnvs, numSteps: 8, numMinibatches: 1, updateEpochs: 1, network: { hidden: [4] } };

/** An env whose world comes to grief in its n-th step. */
async function faulty(form: Form, what: string, world: number, step: number): Promise<AnyEnv> {
  const url = new URL(mishaps);
  url.search = new URLSearchParams({ what, world: `${world}`, step: `${step}` }).toString();
  return (await import(url.href))[form];
}

/** Threads besides this one and those that load modules. */
function threads(): number {
  return (process.report.getReport() as unknown as { workers: unknown[] }).workers.length - loaders;
}

let loaders = 0;
loaders = threads();

async function assertGone(): Promise<void> {
  const until = Date.now() + 5000;
  while (threads() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(threads(), 0, 'threads stay behind');
}

/** The error that something ends with in a few seconds. */
async function errorOf(run: Promise<unknown>): Promise<Error> {
  const began = Date.now();
  const error = await run.then(
    () => assert.fail('expected an error'),
    (error) => error,
  );
  assert.ok(Date.now() - began < 15_000, 'it took too long');
  await assertGone();
  return error;
}

const places = fc.record({
  form: fc.constantFrom<Form>('columnar', 'structured'),
  world: fc.nat({ max: numEnvs - 1 }),
  step: fc.nat({ max: 30 }),
  composed: fc.boolean(),
  workers: fc.integer({ min: 1, max: 3 }),
});
type Place = typeof places extends fc.Arbitrary<infer P> ? P : never;

/** What training ends with, the calling thread doing no work itself, so that the mishap is a thread's. */
async function trained(what: string, place: Place, stepTimeout: number): Promise<Error> {
  const { form, world, step, ...options } = place;
  const env = await faulty(form, what, world, step);
  return errorOf(lastValueFrom(train(env, ppo, { ...quick, totalSteps: 1e6 }, { ...options, stepTimeout })));
}

/** Columnar worlds are stepped together: which of them it was, only what it throws could tell. */
const placeOf = ({ form, world, step }: Place) =>
  form === 'columnar'
    ? `Columns-v0, envs 0 to ${numEnvs - 1}, step ${step}: `
    : `Walker-v0, env ${world}, step ${step}: `;

describe('a run on threads', function () {
  this.timeout(120_000);

  it('ends with what an env throws at any step, its place, and the stack that it had there', () =>
    fc.assert(
      fc.asyncProperty(places, async (place) => {
        const error = await trained('throw', place, 30_000);
        assert.ok(error instanceof EnvError);
        assert.equal(error.message, `${placeOf(place)}the bridge is out`);
        assert.match(error.stack ?? '', /in worker \d: Error: the bridge is out\s+at live .*mishaps\.ts/);
      }),
      { numRuns: 3 },
    ));

  it('ends when an env calls process.exit, and says where', () =>
    fc.assert(
      fc.asyncProperty(places, async (place) => {
        const error = await trained('exit', place, 30_000);
        assert.ok(error instanceof WorkerError);
        assert.equal(
          error.message.replace(/worker \d/, 'worker'),
          `${placeOf(place)}worker: the thread has exited: was process.exit called?`,
        );
      }),
      { numRuns: 3 },
    ));

  it('ends when a step does not, and says where', () =>
    fc.assert(
      fc.asyncProperty(places, async (place) => {
        const error = await trained('loop', place, 500);
        assert.ok(error instanceof WorkerError);
        assert.equal(
          error.message.replace(/worker \d/, 'worker'),
          `${placeOf(place)}worker: no progress for 0.5 s; is there an endless loop?`,
        );
      }),
      { numRuns: 3 },
    ));

  it('is over after a mishap on another thread while the calling one works too: it can be closed, and not gone on with', async () => {
    const run = await openRun(await faulty('structured', 'exit', 4, 3), ppo, quick, { workers: 2 });
    const error = await run.metrics.toPromise().catch((error) => error);
    assert.match(error.message, /^Walker-v0, env 4, step 3: worker 1: the thread has exited/);
    assert.throws(() => run.save());
    const again = await lastValueFrom(run.metrics).catch((error) => error);
    assert.equal(again, error);
    run.close();
    await assert.rejects(lastValueFrom(run.metrics), /it has been closed/);
    await assertGone();
  });

  it('leaves no thread behind when it is unsubscribed from, in whatever it is at', async () => {
    for (const env of [cartPole, taxi])
      for (const when of ['opening', 'first', 'later'] as const) {
        const metrics = train(env, ppo, { numEnvs: 8, totalSteps: 1e7 }, { workers: 2 });
        if (when === 'first') await firstValueFrom(metrics);
        if (when === 'later') await lastValueFrom(metrics.pipe(take(3)));
        if (when === 'opening') {
          metrics.subscribe().unsubscribe();
          // Threads are on their way.
          await new Promise((resolve) => setTimeout(resolve, 1500));
        }
        await assertGone();
      }
  });

  it('leaves none behind when it is unsubscribed from while the calling thread waits for the others', async () => {
    const env = await faulty('structured', 'doze', 4, 3);
    for (const composed of [false, true]) {
      const subscription = train(env, ppo, quick, { workers: 2, composed }).subscribe();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      subscription.unsubscribe();
      await assertGone();
    }
  });

  it('waits for a step that takes longer than a second', async () => {
    const env = await faulty('structured', 'doze', 4, 3);
    const { steps } = await firstValueFrom(train(env, ppo, quick, { workers: 2 }));
    assert.equal(steps, numEnvs * quick.numSteps);
    await assertGone();
  });

  it('lets its process end by itself', async () => {
    const code = `
      const { train } = await import('${here('../../../pipelines/train.ts')}');
      const { ppo } = await import('${here('../../../pipelines/ppo.ts')}');
      const { structured } = await import('${mishaps}?what=exit&world=4&step=3');
      train(structured, ppo, ${JSON.stringify(quick)}, { workers: 2 }).subscribe({ error: ({ message }) => console.log(message) });
    `;
    const args = ['--import=tsx', '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    assert.match(
      stdout,
      /^Walker-v0, env 4, step 3: worker 1: the thread has exited: was process\.exit called\?\n$/,
    );
  });
});

describe('threads', function () {
  this.timeout(60_000);

  const cases: [what: string, module: string | undefined, message: RegExp][] = [
    ['no module is named', undefined, /^vectorize: Nowhere-v0 does not say where threads find it: give its/],
    [
      'the module has another env',
      here('../../../envs/corridor.ts'),
      /^worker \d: file:.*corridor\.ts: expected an export that is the env Nowhere-v0, found Corridor-v0$/,
    ],
    [
      'the module has none',
      here('../env/act.ts'),
      /act\.ts: expected an export that is the env Nowhere-v0, found none$/,
    ],
    [
      'the module throws',
      here('../../fixtures/unloadable.ts'),
      /^worker \d: file:.*unloadable\.ts: the module is out of order$/,
    ],
    ['there is no module', 'file:///nowhere.ts', /^worker \d: file:\/\/\/nowhere\.ts: Cannot find module/],
  ];
  for (const [what, module, message] of cases)
    it(`refuse an env where ${what}`, async () => {
      const nowhere = { ...cartPole, id: 'Nowhere-v0', module };
      const error = await errorOf(vectorize(nowhere, { numEnvs: 4, seed: 1, workers: 2 }));
      assert.match(error.message, message);
      if (what === 'the module throws') assert.match(error.stack ?? '', /at .*unloadable\.ts:1/);
    });

  it('tell what an env throws as it is reset', async () => {
    const env = await faulty('structured', 'throw', 3, -1);
    const error = await errorOf(vectorize(env, { numEnvs: 4, seed: 0, workers: 2 }));
    assert.equal(error.message, 'Walker-v0, env 3, step 0: the bridge is out');
  });

  it('give their memory back', async () => {
    const megabytes = () => {
      gc?.();
      return process.memoryUsage.rss() / 2 ** 20;
    };
    const open = async () => {
      // Two buffers of observations, of 40 MB each.
      const envs = await vectorize(squared, { numEnvs: 330_000, seed: 1, workers: 2 });
      await envs.advance();
      envs.close();
      await assertGone();
      return megabytes();
    };
    await open();
    const first = await open();
    for (let i = 0; i < 4; i++) await open();
    assert.ok((await open()) < first + 150, 'memory is kept');
  });
});
