import { Observable } from 'rxjs';
import type { Maybe } from '../lib/nouns.ts';

/**
 * Opens something on subscribe, uses it, and closes it once on completion, error or unsubscribe, also when the
 * unsubscription came while it was still opening. Errors of `open` reach the subscriber; a rejected `close` is thrown
 * unhandled, since nobody listens any more.
 */
export function resource<R, T>(
  open: () => Maybe<R>,
  close: (opened: R) => Maybe<void>,
  use: (opened: R) => Observable<T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const begin = (opened: R) => {
      if (subscriber.closed) return void close(opened);
      subscriber.add(() => void close(opened));
      use(opened).subscribe(subscriber);
    };
    const opening = open();
    if (opening instanceof Promise) {
      opening.then(begin, (error) => subscriber.error(error)).catch((error) => subscriber.error(error));
    } else begin(opening);
  });
}
