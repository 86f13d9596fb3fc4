import { Observable } from 'rxjs';
import { platform } from '../lib/platform.ts';
import type { Ready } from '../lib/poolRecords.ts';
import type { Turn } from '../lib/turn.ts';

/** Milliseconds that batches may follow each other before the event loop has a turn. */
const SLICE = 10;

/**
 * The source of a graph over a pool: emits the first N worlds that are ready, and, once `send` has answered for them, the
 * next. The calling thread serves its event loop while it waits. Never completes; a batch that was not answered when the
 * subscription ended is emitted again by the next one. What ends the threads is `pool.close()`: open the pool by
 * `resource`, and unsubscribing does.
 *
 * @throws EnvError (on the error channel) naming world and step, WorkerError, or Error if a running graph receives from
 * this pool already
 */
export function recv(pool: { readonly turn: Turn; receive(): Ready | Promise<Ready> }): Observable<Ready> {
  return new Observable((subscriber) => {
    const { turn } = pool;
    let busy = false;
    const emit = (ready: Ready) => {
      if (subscriber.closed) return;
      turn.take();
      subscriber.next(ready);
    };
    const fail = (error: unknown) => subscriber.error(error);
    const drain = () => {
      // `send` opens the turn from inside `next`: the loop below takes it from there, on a flat stack.
      if (busy) return;
      busy = true;
      const goOn = () => {
        busy = false;
        drain();
      };
      try {
        for (const began = platform.now(); turn.isOpen && !subscriber.closed; ) {
          if (platform.now() - began > SLICE) return void subscriber.add(platform.nextTurn(goOn));
          const ready = pool.receive();
          if (ready instanceof Promise) {
            ready.then(emit).then(goOn).catch(fail);
            return;
          }
          emit(ready);
        }
      } catch (error) {
        fail(error);
      }
      busy = false;
    };
    turn.attach(drain);
    subscriber.add(() => turn.detach());
    drain();
  });
}
