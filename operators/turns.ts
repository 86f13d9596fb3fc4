import { EMPTY, type MonoTypeOperatorFunction, Observable, repeat } from 'rxjs';
import { platform } from '../lib/platform.ts';

/**
 * Repeats a finite graph, one iteration in each turn of the event loop, until `goOn` is false at the end of one. Timers,
 * signals and input are served in between, and the stack stays flat over any number of iterations.
 */
export function turns<T>(goOn: () => boolean): MonoTypeOperatorFunction<T> {
  return repeat({ delay: () => (goOn() ? nextTurn : EMPTY) });
}

const nextTurn = new Observable<void>((subscriber) => platform.nextTurn(() => subscriber.next()));
