import assert from 'node:assert/strict';
import { lastValueFrom, map, take, toArray } from 'rxjs';
import { ppo } from '../../pipelines/ppo.ts';
import { train } from '../../pipelines/train.ts';
import { wander } from '../fakes/envs.ts';

const small = { totalSteps: 400, numEnvs: 3, numSteps: 9, network: { hidden: [8] } };
const settle = (milliseconds = 30) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('train', () => {
  it('is cold: every subscription trains a run of its own, alike', async () => {
    const training = train(wander, ppo, small);
    const losses = training.pipe(
      map(({ losses }) => losses.loss),
      toArray(),
    );
    const [a, b] = await Promise.all([lastValueFrom(losses), lastValueFrom(losses)]);
    assert.ok(a.length > 10);
    assert.deepEqual(a, b);
  });

  it('completes after totalSteps', async () => {
    const { steps } = await lastValueFrom(train(wander, ppo, small));
    assert.ok(steps >= 400 && steps < 430);
  });

  it('stops at once when it is unsubscribed', async () => {
    let count = 0;
    const subscription = train(wander, ppo, { ...small, totalSteps: 1e9 }).subscribe(() => {
      if (++count === 3) subscription.unsubscribe();
    });
    await settle();
    assert.equal(count, 3);
    assert.equal((await lastValueFrom(train(wander, ppo, small).pipe(take(2), toArray()))).length, 2);
  });

  it('reports a wrong configuration on the error channel', async () => {
    await assert.rejects(
      lastValueFrom(train(wander, ppo, { numEnvs: -1 })),
      /numEnvs: expected a positive integer/,
    );
  });

  it('ends when a consumer throws, whatever form the consumer has', async () => {
    const unhandled: string[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', ({ message }) => unhandled.push(message));
    let count = 0;
    const next = () => {
      count++;
      throw new Error(`consumer ${count}`);
    };
    try {
      train(wander, ppo, small).subscribe(next);
      await settle(100);
      train(wander, ppo, small).subscribe({ next });
      await settle(100);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    assert.deepEqual(unhandled, ['consumer 1', 'consumer 2']);
  });
});
