import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof signals)[number] | 'SIGPIPE';

/** Milliseconds in which a signal is an echo of the one before: npm passes on a Ctrl-C that reaches us anyway. */
const ECHO = 400;

/**
 * The first signal that asks the process to end is told to a callback; a second one ends it at once. A reader of our
 * output who goes away is such a signal, but only a first one: every further line says it again.
 */
export class Interruption {
  readonly #stop: () => void;
  readonly #listener = (signal: Signal) => this.#interrupt(signal);
  readonly #unread = () => {
    if (this.#signal === undefined) this.#interrupt('SIGPIPE');
  };
  #signal: Signal | undefined;
  #at = 0;

  constructor(stop: () => void) {
    this.#stop = stop;
    for (const signal of signals) process.on(signal, this.#listener);
    process.stdout.on('error', this.#unread);
  }

  /** The exit code that the signal asks for; undefined if there was none. */
  get exitCode(): number | undefined {
    return this.#signal && 128 + constants.signals[this.#signal];
  }

  /** From here on signals do what they do by default. */
  close(): void {
    for (const signal of signals) process.off(signal, this.#listener);
    process.stdout.off('error', this.#unread);
  }

  #interrupt(signal: Signal): void {
    if (this.#signal === undefined) {
      this.#signal = signal;
      this.#at = performance.now();
      this.#stop();
    } else if (performance.now() - this.#at > ECHO) {
      process.exit(128 + constants.signals[signal]);
    }
  }
}
