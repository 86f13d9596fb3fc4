import { Observable, Subscription } from 'rxjs';

/**
 * Pulls an item from the generator, runs `use` on it to completion, feeds the last value back to the generator and
 * pulls the next. Synchronous items run in a flat loop, so their number is not limited by the stack.
 */
export function inTurn<T, R>(
  generate: () => Generator<T, void, R>,
  use: (item: T) => Observable<R>,
): Observable<R> {
  return new Observable((subscriber) => {
    const items = generate();
    let last: R;
    let running = false;
    let idle = true;
    const run = () => {
      if (running) return;
      running = true;
      try {
        while (idle && !subscriber.closed) {
          const { value, done } = items.next(last);
          if (done) return subscriber.complete();
          idle = false;
          const inner = new Subscription(() => subscriber.remove(inner));
          subscriber.add(inner);
          inner.add(
            use(value).subscribe({
              next: (result) => {
                last = result;
                subscriber.next(result);
              },
              error: (error) => subscriber.error(error),
              complete: () => {
                idle = true;
                inner.unsubscribe();
                run();
              },
            }),
          );
        }
      } catch (error) {
        subscriber.error(error);
      } finally {
        running = false;
      }
    };
    // Closes the generator's own `finally` blocks on completion, error and unsubscription alike.
    subscriber.add(() => items.return());
    run();
  });
}
