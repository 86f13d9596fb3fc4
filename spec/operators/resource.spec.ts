import assert from 'node:assert/strict';
import { EMPTY, NEVER, of, throwError } from 'rxjs';
import { resource } from '../../operators/resource.ts';

const settle = () => new Promise((resolve) => setTimeout(resolve, 3));

describe('resource', () => {
  for (const late of [false, true]) {
    const open = (log: string[]) => () => {
      log.push('open');
      return late ? settle().then(() => 'r') : 'r';
    };
    const title = late ? 'that opens later' : 'that opens at once';

    it(`closes one ${title} once, after completion, error and unsubscription`, async () => {
      for (const inner of [of(1), throwError(() => 'fault'), NEVER]) {
        const log: string[] = [];
        const subscription = resource(
          open(log),
          (opened) => void log.push(`close ${opened}`),
          () => inner,
        ).subscribe({
          next: () => log.push('next'),
          error: () => log.push('error'),
          complete: () => log.push('complete'),
        });
        await settle();
        await settle();
        subscription.unsubscribe();
        const middle = inner === NEVER ? [] : log.includes('error') ? ['error'] : ['next', 'complete'];
        assert.deepEqual(log, ['open', ...middle, 'close r']);
      }
    });

    it(`opens one ${title} for each subscriber`, async () => {
      const log: string[] = [];
      const shared = resource(
        open(log),
        () => {},
        () => EMPTY,
      );
      shared.subscribe();
      shared.subscribe();
      await settle();
      assert.deepEqual(log, ['open', 'open']);
    });

    it(`closes one ${title} when it cannot be used`, async () => {
      const log: string[] = [];
      resource(
        open(log),
        () => void log.push('close'),
        () => assert.fail('no use'),
      ).subscribe({ error: ({ message }) => log.push(message) });
      await settle();
      await settle();
      assert.deepEqual(log, ['open', 'no use', 'close']);
    });
  }

  it('closes what was still opening when it was unsubscribed, without using it', async () => {
    const log: string[] = [];
    resource(
      () => settle().then(() => 'r'),
      () => void log.push('close'),
      () => {
        log.push('use');
        return NEVER;
      },
    )
      .subscribe()
      .unsubscribe();
    await settle();
    await settle();
    assert.deepEqual(log, ['close']);
  });

  it('reports that it could not be opened, thrown or rejected', async () => {
    const errors: string[] = [];
    const observer = { error: (error: Error) => errors.push(error.message) };
    const close = () => assert.fail('nothing was opened');
    resource(
      () => assert.fail('thrown'),
      close,
      () => EMPTY,
    ).subscribe(observer);
    resource(
      () => Promise.reject(new Error('rejected')),
      close,
      () => EMPTY,
    ).subscribe(observer);
    await settle();
    assert.deepEqual(errors, ['thrown', 'rejected']);
  });
});
