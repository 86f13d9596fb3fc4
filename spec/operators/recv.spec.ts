import assert from 'node:assert/strict';
import { delay, map, of, take } from 'rxjs';
import { platform } from '../../lib/platform.ts';
import type { Ready, Reply } from '../../lib/poolRecords.ts';
import { extend } from '../../lib/records.ts';
import { Turn } from '../../lib/turn.ts';
import { recv } from '../../operators/recv.ts';
import { send } from '../../operators/send.ts';

const answered = (ready: Ready) => extend(ready, { kind: 'reply' as const }) as Reply;

/** Every third batch is there later, and batch `fault` never. */
class FakePool {
  readonly turn = new Turn();
  readonly log: string[] = [];
  readonly #fault: number;
  #sent = 0;

  constructor(fault = Number.POSITIVE_INFINITY) {
    this.#fault = fault;
  }

  receive(): Ready | Promise<Ready> {
    this.log.push(`receive ${this.#sent}`);
    if (this.#sent === this.#fault) throw new Error('a fault');
    const ready = { kind: 'ready', steps: Float64Array.of(this.#sent) } as Ready;
    return this.#sent % 3 === 2 ? platform.pause(1).then(() => ready) : ready;
  }

  send({ steps }: Reply): void {
    if (steps[0] !== this.#sent) throw new RangeError(`send: got ${steps[0]}`);
    this.log.push(`send ${this.#sent++}`);
  }
}

describe('recv and send', () => {
  for (const [when, later] of [
    ['at once', map(answered)],
    [
      'later',
      (source: Parameters<ReturnType<typeof map<Ready, Reply>>>[0]) => source.pipe(map(answered), delay(1)),
    ],
  ] as const) {
    it(`receive the next batch when the one before was answered ${when} and the reply consumed`, (done) => {
      const pool = new FakePool(7);
      recv(pool)
        .pipe(later, send(pool))
        .subscribe({
          next: ({ steps }) => pool.log.push(`next ${steps[0]}`),
          error: (error) => {
            const batches = Array.from({ length: 7 }, (_, n) => [`receive ${n}`, `send ${n}`, `next ${n}`]);
            assert.equal(error.message, 'a fault');
            assert.deepEqual(pool.log, [...batches.flat(), 'receive 7']);
            done();
          },
        });
    });
  }

  it('keep the stack flat over many batches', async () => {
    const pool = new FakePool();
    pool.receive = () => ({ kind: 'ready', steps: Float64Array.of(pool.log.length) }) as Ready;
    await new Promise<void>((complete) =>
      recv(pool).pipe(map(answered), send(pool), take(30_000)).subscribe({ complete }),
    );
    assert.equal(pool.log.length, 30_000);
  });

  it('put a batch that was not answered on offer again', () => {
    const pool = new FakePool();
    const seen: number[] = [];
    for (let i = 0; i < 2; i++)
      recv(pool)
        .pipe(take(1))
        .subscribe(({ steps }) => seen.push(steps[0]));
    assert.deepEqual(seen, [0, 0]);
  });

  it('allow one running graph, and pass refusals on', () => {
    const pool = new FakePool();
    const errors: string[] = [];
    const error = ({ message }: Error) => errors.push(message);
    const running = recv(pool).subscribe();
    recv(pool).subscribe({ error });
    running.unsubscribe();
    of({ kind: 'reply', steps: Float64Array.of(5) } as Reply)
      .pipe(send(pool))
      .subscribe({ error });
    assert.match(errors[0], /already being observed/);
    assert.equal(errors[1], 'send: got 5');
  });
});
