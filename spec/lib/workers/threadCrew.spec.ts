import assert from 'node:assert/strict';
import { cartPole } from '../../../envs/index.ts';
import { Arena, bytesOf } from '../../../lib/arena.ts';
import { crewColumns } from '../../../lib/workers/crewColumns.ts';
import { originOf } from '../../../lib/workers/opening.ts';
import { ThreadCrew } from '../../../lib/workers/threadCrew.ts';
import { openSlow, slowColumns } from '../../fixtures/slowTasks.ts';

/** Milliseconds after which a task answers later. */
const LONG = 1100;

async function withCrew(use: (crew: ThreadCrew, slow: ReturnType<typeof openSlow>) => Promise<void>) {
  const arena = new Arena(bytesOf(crewColumns(2)) + bytesOf(slowColumns));
  const crew = new ThreadCrew(arena, { workers: 2 }, cartPole.id);
  const slow = openSlow(cartPole, arena, crew);
  const module = new URL('../../fixtures/slowTasks.ts', import.meta.url).href;
  try {
    const opener = { module, name: 'openSlow' };
    await crew.start(arena, { opener, env: originOf('spec', cartPole), data: null });
    await use(crew, slow);
  } finally {
    crew.close();
  }
}

describe('ThreadCrew', function () {
  this.timeout(20_000);

  it('does tasks that are set while a slow one is under way in the order they were set, by what each was told', () =>
    withCrew(async (crew, { task, told }) => {
      const answers = [task(LONG, 1), task(20, 2), task(0, 3)];
      for (const answer of answers) assert.ok(answer instanceof Promise);
      assert.equal(crew.isBusy, true);
      await Promise.all(answers);
      assert.deepEqual([...told.subarray(0, 4)], [3, 1, 2, 3]);
      assert.equal(crew.isBusy, false);
      assert.equal(task(0, 4), undefined, 'a quick one answers at once again');
    }));

  it('goes on with the next when one has failed', () =>
    withCrew(async (_, { task, told }) => {
      const [failed, next] = [task(LONG, -1), task(0, 2)];
      await assert.rejects(async () => failed, /told -1/);
      await next;
      assert.deepEqual([...told.subarray(0, 2)], [1, 2]);
    }));
});
