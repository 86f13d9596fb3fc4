import assert from 'node:assert/strict';
import { TestScheduler } from 'rxjs/testing';

type RunHelpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

/** A test in virtual time: one frame is one virtual millisecond. */
export function marble(test: (helpers: RunHelpers) => void): () => void {
  return () => new TestScheduler((actual, expected) => assert.deepEqual(actual, expected)).run(test);
}
