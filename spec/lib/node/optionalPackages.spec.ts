import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFromUser, readyForTfjsNode, withoutHandlers } from '../../../lib/node/optionalPackages.ts';

describe('packages that users may bring', () => {
  const home = mkdtempSync(join(tmpdir(), 'pufferflow-'));
  const cwd = process.cwd();

  before(() => {
    const folder = join(home, 'node_modules/brought');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), 'for (const key of ["hidden"]) exports[key] = 7;');
    process.chdir(home);
  });
  after(() => {
    process.chdir(cwd);
    rmSync(home, { recursive: true });
  });

  it('are found from the working directory, with all they export', async () => {
    assert.equal(((await importFromUser('brought')) as { hidden: number }).hidden, 7);
    await assert.rejects(importFromUser('not-brought'), { code: 'MODULE_NOT_FOUND' });
  });

  it('get back the function that Node took away, and only where it did', () => {
    const taken: Parameters<typeof readyForTfjsNode>[0] = {};
    readyForTfjsNode(taken);
    assert.deepEqual(
      [null, undefined, 0, ''].map((value) => taken.isNullOrUndefined?.(value)),
      [true, true, false, false],
    );
    const own = () => true;
    const kept = { isNullOrUndefined: own };
    readyForTfjsNode(kept);
    assert.equal(kept.isNullOrUndefined, own);
  });

  it('do not decide how the process ends', async () => {
    const ours = () => {};
    const theirs = () => {};
    process.on('uncaughtException', ours);
    try {
      await withoutHandlers(async () => {
        process.on('uncaughtException', theirs);
        process.on('unhandledRejection', theirs);
      });
      assert.ok(process.listeners('uncaughtException').includes(ours));
      assert.ok(!process.listeners('uncaughtException').includes(theirs));
      assert.ok(!process.listeners('unhandledRejection').includes(theirs));
    } finally {
      process.off('uncaughtException', ours);
    }
  });
});
