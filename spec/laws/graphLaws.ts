import assert from 'node:assert/strict';
import fc from 'fast-check';
import { finalize, lastValueFrom, type Observable, Subject, take, takeUntil, toArray } from 'rxjs';
import type { Metrics } from '../../lib/records.ts';
import { turns } from '../../operators/turns.ts';
import type { CountingAgent, CountingEnvs, Habits, Stage } from '../fakes/counting.ts';

/** One iteration of a pipeline over counting nouns, and those nouns. */
export interface GraphSubject {
  readonly graph: Observable<Metrics>;
  readonly envs: CountingEnvs;
  readonly agent: CountingAgent;
  /** Everything that a checkpoint would hold. */
  save(): unknown;
  load(saved: unknown): void;
  /** Throws unless whatever the graph opened has been given back. */
  assertClosed(): void;
}

export interface Shape {
  readonly name: string;
  readonly late: Habits['late'];
  readonly recurrent?: boolean;
  /** Vector steps in an iteration. */
  readonly stepsPerIteration: number;
  /** Stages that the pipeline passes. */
  readonly stages: readonly Stage[];
  build(habits: Habits): GraphSubject;
}

/** The laws of the stream (DESIGN §2), for one shape of pipeline. */
export function describeGraph(shape: Shape): void {
  const build = (at?: Habits['at']) =>
    shape.build({
      rows: 3,
      numSteps: shape.stepsPerIteration,
      late: shape.late,
      recurrent: shape.recurrent,
      at,
    });

  const iterate = (subject: GraphSubject, count: number) => {
    let left = count;
    return lastValueFrom(
      subject.graph.pipe(
        turns(() => --left > 0),
        toArray(),
      ),
    );
  };
  const upTo = (t: number) => Array.from({ length: t }, (_, i) => i);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 2));

  describe(`the graph: ${shape.name}`, () => {
    it('emits and infers every observation once, over many iterations', async () => {
      const subject = build();
      const metrics = await iterate(subject, 40);
      const steps = upTo(40 * shape.stepsPerIteration);
      assert.equal(metrics.length, 40);
      assert.deepEqual(subject.envs.observed, steps);
      assert.deepEqual(subject.agent.inferred, steps);
      assert.equal(subject.agent.state, steps.length);
      assert.equal(metrics.at(-1)?.steps, 3 * steps.length);
      subject.assertClosed();
    });

    it('reports an error of any stage once, gives everything back, and can go on', async () => {
      const stage = fc.constantFrom(...shape.stages);
      await fc.assert(
        fc.asyncProperty(stage, fc.integer({ min: 1, max: 30 }), async (faulty, after) => {
          let calls = 0;
          let armed = true;
          const subject = build((name) => {
            if (armed && name === faulty && ++calls === after) throw new Error(`fault in ${faulty}`);
          });
          const outcomes: string[] = [];
          await new Promise<void>((resolve) => {
            subject.graph
              .pipe(
                turns(() => true),
                finalize(resolve),
              )
              .subscribe({
                error: (error: Error) => outcomes.push(error.message),
                complete: () => outcomes.push('complete'),
              });
          });
          await settle();
          assert.deepEqual(outcomes, [`fault in ${faulty}`]);
          subject.assertClosed();
          const { stepped } = subject.envs;
          await settle();
          assert.equal(subject.envs.stepped, stepped, 'the envs were stepped after the error');
          armed = false;
          await iterate(subject, 2);
          assert.equal(subject.envs.stepped, stepped + 2 * shape.stepsPerIteration);
        }),
        { numRuns: 40 },
      );
    });

    it('stops env steps at once when it is unsubscribed, at any moment', async () => {
      const stage = fc.constantFrom(...shape.stages);
      await fc.assert(
        fc.asyncProperty(stage, fc.integer({ min: 1, max: 40 }), async (where, after) => {
          let calls = 0;
          // Not by a Subscription: there is none yet while the first iteration runs synchronously.
          const leave = new Subject<void>();
          let stepped = Number.NaN;
          const subject = build((name) => {
            if (name !== where || ++calls !== after) return;
            // A step that is being asked for is under way; none may follow.
            stepped = subject.envs.stepped + +(where === 'step');
            leave.next();
          });
          subject.graph
            .pipe(
              turns(() => true),
              takeUntil(leave),
            )
            .subscribe();
          while (Number.isNaN(stepped)) await settle();
          await settle();
          assert.equal(subject.envs.stepped, stepped);
          subject.assertClosed();
          await iterate(subject, 2);
          assert.equal(subject.envs.stepped, stepped + 2 * shape.stepsPerIteration);
          assert.equal(
            subject.agent.state,
            subject.envs.t,
            'the recurrent state moved twice for one observation',
          );
        }),
        { numRuns: 40 },
      );
    });

    it('stops at an iteration boundary', async () => {
      const subject = build();
      const iterations = await lastValueFrom(
        subject.graph.pipe(
          turns(() => subject.envs.stepped < 5.5 * shape.stepsPerIteration),
          toArray(),
        ),
      );
      assert.equal(iterations.length, 6);
      assert.equal(subject.envs.stepped, 6 * shape.stepsPerIteration);
    });

    it('continues after stop, save and load as if it had never stopped', async () => {
      const whole = build();
      await iterate(whole, 10);
      const first = build();
      await iterate(first, 5);
      const second = build();
      second.load(structuredClone(first.save()));
      await iterate(second, 5);
      assert.deepEqual(second.save(), whole.save());
    });

    it('leaves the rest to the next subscription when a consumer takes a few', async () => {
      const subject = build();
      await lastValueFrom(
        subject.graph.pipe(
          turns(() => true),
          take(3),
        ),
      );
      await settle();
      assert.equal(subject.envs.stepped, 3 * shape.stepsPerIteration);
      await iterate(subject, 1);
      assert.deepEqual(subject.envs.observed, upTo(4 * shape.stepsPerIteration));
    });

    it('refuses a second graph over the same envs', async () => {
      const subject = build();
      const errors: Error[] = [];
      const first = subject.graph.pipe(turns(() => true)).subscribe();
      subject.graph.subscribe({ error: (error) => errors.push(error) });
      await settle();
      first.unsubscribe();
      if (subject.envs.stepped > shape.stepsPerIteration && errors.length === 0) return;
      assert.match(errors[0]?.message ?? '', /already being observed|in use/);
    });

    it('runs 100,000 iterations on a flat stack and a flat heap', async function () {
      this.timeout(120_000);
      const subject = shape.build({ rows: 1, numSteps: 1, late: shape.late, recurrent: shape.recurrent });
      const heap = () => {
        globalThis.gc?.();
        return process.memoryUsage().heapUsed;
      };
      const run = async (count: number) => {
        let left = count;
        await lastValueFrom(subject.graph.pipe(turns(() => --left > 0)));
        subject.envs.observed.length = 0;
        subject.agent.inferred.length = 0;
      };
      await run(1000);
      const before = heap();
      await run(100_000);
      const grown = heap() - before;
      assert.ok(grown < 2 ** 20, `the heap grew by ${grown} bytes`);
    });
  });
}
