import type { Arena } from '../arena.ts';
import { WorkerError } from '../errors.ts';
import type { Maybe } from '../nouns.ts';
import { platform } from '../platform.ts';
import type { Task, Work } from './crew.ts';
import {
  at,
  BEAT,
  FAULT_BYTES,
  FAULT_LENGTH,
  LEAVE,
  PLACE_PITCH,
  STATE,
  STATE_PITCH,
  states,
} from './crewColumns.ts';
import { SharedCrew } from './crewMember.ts';
import { earlier, errorOf } from './fault.ts';
import type { Opening, Threads } from './opening.ts';

export interface CrewOptions {
  /** Members, the calling thread included. */
  readonly workers: number;
  /**
   * Milliseconds without progress after which a run ends with an error. Where it is given, the calling thread does no
   * work itself: it could not interrupt itself.
   */
  readonly stepTimeout?: number;
}

/** Looks at a word before the thread sleeps on it: some tens of microseconds. */
const SPINS = 5000;
/** Milliseconds that the calling thread waits for the others without serving its event loop. */
const PATIENCE = 1000;
/** Milliseconds between two looks after that. */
const POLL = 2;
/** Milliseconds without progress after which a run ends, if nothing else was asked for. */
const STEP_TIMEOUT = 60_000;

/** A crew of threads, as the thread has it that called them. */
export class ThreadCrew extends SharedCrew {
  readonly member: number;
  readonly #env: string;
  readonly #timeout: number;
  #threads: Threads | undefined;
  #broken: Error | undefined;
  #round = 0;

  /** The threads of a crew: the calling one is not counted. */
  get threads(): number {
    return this.member < 0 ? this.size : this.size - 1;
  }

  /** @param env the id of the env, for errors */
  constructor(arena: Arena, { workers, stepTimeout }: CrewOptions, env: string) {
    super(arena, workers);
    this.member = stepTimeout === undefined ? 0 : -1;
    this.#timeout = stepTimeout ?? STEP_TIMEOUT;
    this.#env = env;
  }

  task(work: Work): Task {
    const number = this.works.push(work) - 1;
    return (...words) => this.#run(number, words);
  }

  /** Starts the threads: when all nouns are there, and their columns written. @throws what a thread failed of */
  async start(arena: Arena, opening: Opening): Promise<void> {
    const { size, threads } = this;
    const first = size - threads;
    const members = Array.from({ length: threads }, (_, i) => first + i);
    const { memory, build } = arena;
    this.#threads = await platform.startThreads({ memory, build, size, members, opening });
    this.#threads.ended.catch((error: Error) => {
      this.#broken ??= error;
    });
    const { control } = this.columns;
    for (const until = platform.now() + this.#timeout; Atomics.load(control, at.ready) < threads; ) {
      this.#checkThreads();
      if (platform.now() > until)
        throw this.#break(new WorkerError(`workers: not ready after ${this.#timeout / 1000} s`));
      await platform.pause(POLL);
    }
  }

  close(): void {
    if (!this.#threads) return;
    this.#broken ??= new WorkerError('workers: they have been sent home');
    this.#announce(LEAVE);
    this.#threads.stop();
    this.#threads = undefined;
  }

  #run(number: number, words: readonly number[]): Maybe<void> {
    if (this.#broken) throw this.#broken;
    const { columns, member } = this;
    columns.words.set(words);
    Atomics.store(columns.control, at.claimed, 0);
    Atomics.store(columns.control, at.done, 0);
    this.#announce(number);
    let own: unknown;
    if (member >= 0) {
      try {
        this.works[number](member, columns.words);
      } catch (thrown) {
        own = thrown;
      }
    }
    return this.#await(own);
  }

  #announce(task: number): void {
    const { control } = this.columns;
    Atomics.store(control, at.task, task);
    Atomics.store(control, at.round, ++this.#round);
    Atomics.notify(control, at.round);
  }

  get #isDone(): boolean {
    return Atomics.load(this.columns.control, at.done) === this.threads;
  }

  /** Waits for the others; `own` is what this thread's part threw. */
  #await(own: unknown): Maybe<void> {
    for (let i = 0; i < SPINS; i++) if (this.#isDone) return this.#conclude(own);
    const { control } = this.columns;
    const watch = this.#watch();
    for (const until = platform.now() + PATIENCE; platform.now() < until; ) {
      const done = Atomics.load(control, at.done);
      if (done === this.threads) return this.#conclude(own);
      watch();
      Atomics.wait(control, at.done, done, 20);
    }
    return this.#awaitLater(own, watch);
  }

  async #awaitLater(own: unknown, watch: () => void): Promise<void> {
    while (!this.#isDone) {
      watch();
      await platform.pause(POLL);
    }
    this.#conclude(own);
  }

  /** A function that throws if a thread has gone, or none has got on for too long. */
  #watch(): () => void {
    const beats = () => this.#members.map((member) => this.columns.states[STATE_PITCH * member + BEAT]);
    let last = beats();
    let since = platform.now();
    return () => {
      this.#checkThreads();
      const now = beats();
      if (now.some((beat, i) => beat !== last[i])) {
        last = now;
        since = platform.now();
      } else if (platform.now() - since > this.#timeout) {
        const member = this.#members.find((each) => this.#isBusy(each)) ?? this.#members[0];
        throw this.#break(
          this.#errorOf(member, `no progress for ${this.#timeout / 1000} s; is there an endless loop?`),
        );
      }
    };
  }

  /** Members on other threads. */
  get #members(): number[] {
    return Array.from({ length: this.threads }, (_, i) => this.size - this.threads + i);
  }

  #isBusy(member: number): boolean {
    return this.columns.places[PLACE_PITCH * member + 2] > 0;
  }

  #checkThreads(): void {
    for (const member of this.#members) {
      const state = Atomics.load(this.columns.states, STATE_PITCH * member + STATE);
      if (state === states.gone)
        throw this.#break(this.#errorOf(member, 'the thread has exited: was process.exit called?'));
    }
    if (this.#broken) throw this.#broken;
  }

  /** An error of a member that cannot tell itself, with the worlds it was at. */
  #errorOf(member: number, problem: string): Error {
    const at = PLACE_PITCH * member;
    const [t, from, to] = this.columns.places.subarray(at, at + 3);
    if (to <= from) return new WorkerError(`worker ${member}: ${problem}`);
    const worlds = to - from > 1 ? `, envs ${from} to ${to - 1}` : `, env ${from}`;
    return new WorkerError(`${this.#env}${worlds}, step ${t}: worker ${member}: ${problem}`);
  }

  #break(error: Error): Error {
    this.#broken ??= error;
    return this.#broken;
  }

  /** @throws what the members failed of */
  #conclude(own: unknown): void {
    let error = own;
    for (const member of this.#members) {
      const { states: words, faults } = this.columns;
      const state = STATE_PITCH * member;
      if (Atomics.load(words, state + STATE) !== states.failed) continue;
      Atomics.store(words, state + STATE, states.fine);
      const from = FAULT_BYTES * member;
      const text = new TextDecoder().decode(faults.slice(from, from + words[state + FAULT_LENGTH]));
      error = earlier(error, errorOf(JSON.parse(text), member));
    }
    if (error !== undefined) throw error;
  }
}
