import assert from 'node:assert/strict';
import { of, Subject, throwError } from 'rxjs';
import type { Agent } from '../../lib/nouns.ts';
import type { Decision, Observation } from '../../lib/records.ts';
import { infer } from '../../operators/infer.ts';

const observation = (t: number): Observation => ({
  kind: 'observation',
  t,
  observations: new Float32Array(1),
});
const decide = ({ t }: Observation) => ({ kind: 'decision', t }) as Decision;

describe('infer', () => {
  it('asks once for each observation, at once where the agent answers at once', () => {
    const asked: number[] = [];
    const decided: number[] = [];
    const agent: Agent = {
      infer(seen) {
        asked.push(seen.t);
        return decide(seen);
      },
      value: () => assert.fail('infer must not ask for values'),
    };
    of(observation(0), observation(1))
      .pipe(infer(agent))
      .subscribe(({ t }) => decided.push(t));
    assert.deepEqual(
      [asked, decided],
      [
        [0, 1],
        [0, 1],
      ],
    );
  });

  it('keeps the order of late answers, one question at a time, and forgets them when unsubscribed', async () => {
    const asked: number[] = [];
    const decided: number[] = [];
    const agent = {
      infer(seen: Observation) {
        asked.push(seen.t);
        return Promise.resolve(decide(seen));
      },
    } as Agent;
    const source = new Subject<Observation>();
    const subscription = source.pipe(infer(agent)).subscribe(({ t }) => decided.push(t));
    source.next(observation(0));
    source.next(observation(1));
    assert.deepEqual(asked, [0]);
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(
      [asked, decided],
      [
        [0, 1],
        [0, 1],
      ],
    );
    source.next(observation(2));
    subscription.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(decided, [0, 1]);
  });

  it('sends refusals down the error channel, thrown or rejected', async () => {
    const errors: string[] = [];
    const observer = { error: (error: Error | string) => errors.push(String(error)) };
    const thrown = { infer: () => assert.fail('thrown') } as unknown as Agent;
    const rejected = { infer: () => Promise.reject(new Error('rejected')) } as unknown as Agent;
    of(observation(0)).pipe(infer(thrown)).subscribe(observer);
    of(observation(0)).pipe(infer(rejected)).subscribe(observer);
    throwError(() => 'source')
      .pipe(infer(thrown))
      .subscribe(observer);
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(errors, ['AssertionError [ERR_ASSERTION]: thrown', 'source', 'Error: rejected']);
  });
});
