import assert from 'node:assert/strict';
import { bandit } from '../../../envs/bandit.ts';
import { openRun } from '../../../pipelines/openRun.ts';
import { ppo } from '../../../pipelines/ppo.ts';

describe('threads', () => {
  it('do not start threads when they load a module that trains', async () => {
    const module = new URL('../../fixtures/trainsOnImport.ts', import.meta.url).href;
    await assert.rejects(openRun(bandit, ppo, {}, { workers: 2, module }), {
      name: 'WorkerError',
      message: /trainsOnImport\.ts.* it waits for threads of its own as it is loaded/,
    });
  });
});
