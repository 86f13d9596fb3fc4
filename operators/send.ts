import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Reply } from '../lib/poolRecords.ts';
import type { Turn } from '../lib/turn.ts';
import { answer } from './answer.ts';

/**
 * Sets the worlds of a batch going by the actions of the reply, which it passes on; then `recv` receives again: only then,
 * since what `next` borrowed is overwritten by the next batch.
 *
 * @throws RangeError (on the error channel) unless the reply is to the batch that was received last
 */
export function send(pool: {
  readonly turn: Turn;
  send(reply: Reply): void;
}): MonoTypeOperatorFunction<Reply> {
  const { turn } = pool;
  return answer(
    (reply) => {
      turn.stepping();
      pool.send(reply);
      return reply;
    },
    () => turn.open(),
  );
}
