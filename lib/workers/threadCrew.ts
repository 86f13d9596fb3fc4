import type { Arena } from '../arena.ts';
import { WorkerError } from '../errors.ts';
import type { Maybe } from '../nouns.ts';
import { platform } from '../platform.ts';
import { Delay, immediate, type Task, type Work } from './crew.ts';
import {
  at,
  BEAT,
  DONE,
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

/** Members that a crew may have. */
export const MOST_WORKERS = 256;

/** @throws RangeError naming the option that is out of range */
export function checkCrew({ workers, stepTimeout = STEP_TIMEOUT }: CrewOptions): void {
  if (!(Number.isInteger(workers) && workers > 0 && workers <= MOST_WORKERS))
    throw new RangeError(`workers: expected an integer in [1, ${MOST_WORKERS}], got ${workers}`);
  if (!(stepTimeout > 0)) throw new RangeError(`stepTimeout: expected milliseconds, got ${stepTimeout}`);
}

/** Looks at a word before the thread sleeps on it: some tens of microseconds. */
const SPINS = 5000;
/** Milliseconds that the calling thread waits for tasks without serving its event loop. */
const PATIENCE = 1000;
/** Milliseconds between two looks that count as waiting, at most. */
const MOST_WAITED = 1000;
/** Milliseconds between two looks after that. */
const POLL = 2;
/** The same for what goes on by itself. */
const POLL_ERRAND = 20;
/** Milliseconds that threads have to come up. */
const START_TIMEOUT = 60_000;
/** Milliseconds without progress after which a run ends, if nothing else was asked for. */
const STEP_TIMEOUT = 60_000;

/** A crew of threads, as the thread has it that called them. */
export class ThreadCrew extends SharedCrew {
  readonly member: number;
  readonly #env: string;
  readonly #timeout: number;
  readonly #delay = new Delay();
  #threads: Threads | undefined;
  #broken: Error | undefined;
  #isBusy = false;
  #round = 0;
  /** The last of the tasks that answer later, until it has. */
  #last: Promise<void> | undefined;

  /** Whether a task is under way, though perhaps nobody waits for it any more. */
  get isBusy(): boolean {
    return this.#isBusy || this.#last !== undefined;
  }

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
    return (...words) => this.#inTurn(() => this.#run(number, words, PATIENCE));
  }

  ahead<T>(begin: () => Maybe<T>): () => Promise<T> {
    return this.#delay.ahead(begin);
  }

  blockingTask(work: Work): (...words: readonly number[]) => void {
    const number = this.works.push(work) - 1;
    return (...words) => immediate(this.#run(number, words, Number.POSITIVE_INFINITY));
  }

  /**
   * Work that goes on by itself, for the threads alone: nobody waits for it. Each must report now and then, also while it
   * has nothing to do. What it returns settles when all have come to an end, or one has failed.
   */
  errand(work: Work): () => Promise<void> {
    const number = this.works.push(work) - 1;
    return async () => {
      this.#set(number, []);
      const watch = this.#watch(1);
      while (!this.#isDone && !this.#hasFailed) {
        watch();
        await platform.pause(POLL_ERRAND);
      }
      try {
        this.#conclude(undefined);
      } catch (error) {
        // The others are still at it.
        throw this.#break(error as Error);
      }
    };
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
    for (const until = platform.now() + START_TIMEOUT; Atomics.load(control, at.ready) < threads; ) {
      this.#checkThreads();
      if (platform.now() > until)
        throw this.#break(new WorkerError(`workers: not ready after ${START_TIMEOUT / 1000} s`));
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

  /** Runs a task when those before it have answered: at once, or later. */
  #inTurn(run: () => Maybe<void>): Maybe<void> {
    // What is put off ends when the caller comes back to it: nothing can wait for that.
    if (this.#delay.isOn) return run();
    const answer = this.#last ? this.#last.then(run, run) : run();
    if (!(answer instanceof Promise)) return;
    this.#last = answer;
    const settled = () => {
      if (this.#last === answer) this.#last = undefined;
    };
    answer.then(settled, settled);
    return answer;
  }

  #set(number: number, words: readonly number[]): void {
    if (this.#broken) throw this.#broken;
    if (this.#isBusy) throw new WorkerError('workers: a task is still under way');
    this.#isBusy = true;
    const { columns } = this;
    columns.words.set(words);
    Atomics.store(columns.control, at.claimed, 0);
    Atomics.store(columns.control, at.done, 0);
    this.#announce(number);
  }

  /** @param patience milliseconds that the calling thread waits for the others without serving its event loop */
  #run(number: number, words: readonly number[], patience: number): Maybe<void> {
    this.#set(number, words);
    if (this.#delay.isOn) return this.#delay.put(() => this.#takePart(number, patience));
    return this.#takePart(number, patience);
  }

  #takePart(number: number, patience: number): Maybe<void> {
    const { columns, member } = this;
    let own: unknown;
    if (member >= 0) {
      try {
        this.works[number](member, columns.words);
      } catch (thrown) {
        own = thrown;
      }
    }
    return this.#await(own, patience);
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

  get #hasFailed(): boolean {
    const { states: words } = this.columns;
    return this.#members.some(
      (member) => Atomics.load(words, STATE_PITCH * member + STATE) === states.failed,
    );
  }

  /** Waits for the others; `own` is what this thread's part threw. */
  #await(own: unknown, patience: number): Maybe<void> {
    for (let i = 0; i < SPINS; i++) if (this.#isDone) return this.#conclude(own);
    const { control } = this.columns;
    const watch = this.#watch();
    for (const until = platform.now() + patience; platform.now() < until; ) {
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

  /** A function that throws if a thread has gone, or so many, by default all, have not got on for too long. */
  #watch(most = this.threads): () => void {
    const beats = () => this.#members.map((member) => this.columns.states[STATE_PITCH * member + BEAT]);
    let last = beats();
    let looked = platform.now();
    const idle = last.map(() => 0);
    return () => {
      this.#checkThreads();
      const now = beats();
      // A process that was stopped for a while has not waited.
      const waited = Math.min(MOST_WAITED, platform.now() - looked);
      looked = platform.now();
      for (const [i, beat] of now.entries()) idle[i] = beat === last[i] ? idle[i] + waited : 0;
      last = now;
      const late = this.#members.filter((_, i) => idle[i] > this.#timeout);
      if (late.length < most) return;
      const member = late.find((each) => !this.#hasDone(each)) ?? late[0];
      throw this.#break(
        this.#errorOf(member, `no progress for ${this.#timeout / 1000} s; is there an endless loop?`),
      );
    };
  }

  /** Members on other threads. */
  get #members(): number[] {
    return Array.from({ length: this.threads }, (_, i) => this.size - this.threads + i);
  }

  #hasDone(member: number): boolean {
    return Atomics.load(this.columns.states, STATE_PITCH * member + DONE) === this.#round;
  }

  #checkThreads(): void {
    for (const member of this.#members) {
      const state = Atomics.load(this.columns.states, STATE_PITCH * member + STATE);
      if (state !== states.gone) continue;
      // It knows where it was, which who noticed its end first does not.
      this.#broken = this.#errorOf(member, 'the thread has exited: was process.exit called?');
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
    this.#isBusy = false;
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
