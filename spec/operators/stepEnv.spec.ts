import assert from 'node:assert/strict';
import { of, Subject, throwError } from 'rxjs';
import { cartPole } from '../../envs/cartPole.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { EnvError, StaleActionError } from '../../lib/errors.ts';
import type { Decision, Transition } from '../../lib/records.ts';
import { stepEnv } from '../../operators/stepEnv.ts';

function decide(t: number, action = 1): Decision {
  const zeros = new Float32Array(2);
  return {
    kind: 'decision',
    t,
    observations: new Float32Array(8),
    actions: Int32Array.of(action, action),
    logProbs: zeros,
    values: zeros,
  };
}

describe('stepEnv', () => {
  it('gives one aligned transition for each decision, and opens the turn after it has been consumed', () => {
    const envs = vectorize(cartPole, { numEnvs: 2, seed: 1 });
    envs.turn.take();
    const opened: boolean[] = [];
    let seen: Transition | undefined;
    of(decide(0))
      .pipe(stepEnv(envs))
      .subscribe((transition) => {
        seen = transition;
        opened.push(envs.turn.isOpen);
      });
    assert.deepEqual(opened, [false]);
    assert.equal(envs.turn.isOpen, true);
    assert.equal(seen?.t, 0);
    assert.deepEqual(Array.from(seen?.rewards ?? []), [1, 1]);
    assert.deepEqual(seen?.nextObservations, envs.observations);
    assert.equal(envs.t, 1);
  });

  it('refuses actions for another step by name, and leaves the envs as they were', () => {
    const envs = vectorize(cartPole, { numEnvs: 2, seed: 1 });
    const errors: Error[] = [];
    of(decide(3))
      .pipe(stepEnv(envs))
      .subscribe({ error: (error) => errors.push(error) });
    assert.ok(errors[0] instanceof StaleActionError);
    assert.match(errors[0].message, /step 0, got actions for step 3/);
    assert.equal(envs.t, 0);
  });

  it('names the env, the row and the step of an action outside the space', () => {
    const envs = vectorize(cartPole, { numEnvs: 2, seed: 1 });
    const errors: Error[] = [];
    of(decide(0, 2))
      .pipe(stepEnv(envs))
      .subscribe({ error: (error) => errors.push(error) });
    assert.ok(errors[0] instanceof EnvError);
    assert.match(
      errors[0].message,
      /CartPole-v1, env 0, step 0: action: expected an integer in \[0, 2\), got 2/,
    );
  });

  it('passes errors and completion of its source on', () => {
    const envs = vectorize(cartPole, { numEnvs: 2, seed: 1 });
    const events: string[] = [];
    const observer = {
      error: (error: string) => events.push(error),
      complete: () => events.push('complete'),
    };
    throwError(() => 'fault')
      .pipe(stepEnv(envs))
      .subscribe(observer);
    const none = new Subject<Decision>();
    none.pipe(stepEnv(envs)).subscribe(observer);
    none.complete();
    assert.deepEqual(events, ['fault', 'complete']);
  });
});
