import fc from 'fast-check';
import { finalize, lastValueFrom, type Observable, Subject, take, takeUntil, toArray } from 'rxjs';
import { type Config, configure, type PartialConfig, type Schema } from '../../lib/config.ts';
import type { Metrics } from '../../lib/records.ts';
import { turns } from '../../operators/turns.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import {
  CountingAgent,
  CountingEnvs,
  CountingLearner,
  countingRing,
  type Habits,
  type Stage,
} from '../fakes/counting.ts';
import { Breach } from './breach.ts';
import { type DescribeOptions, describeLaws } from './describeLaws.ts';
import { type Law, type LawText, slowLaw } from './law.ts';
import { same } from './same.ts';

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

/** A pipeline that collects and learns from estimates, over counting nouns: synchronous, and late in all its parts. */
export function shapesOf<S extends Schema>(
  { name, schema, graph }: Pipeline<S>,
  changes: PartialConfig<S>,
): Shape[] {
  const config = configure(schema, changes);
  const shape = {
    stepsPerIteration: 4,
    stages: ['observe', 'infer', 'step', 'collect', 'value', 'update'] as const,
    build: (habits: Habits) => countingSubject(graph, config, habits),
  };
  return [
    { ...shape, name: `synchronous ${name}`, late: {} },
    {
      ...shape,
      name: `${name} with asynchronous inference and optimizer`,
      late: { agent: true, learner: true },
    },
    {
      ...shape,
      name: `${name} with everything asynchronous`,
      late: { envs: true, agent: true, learner: true },
    },
    { ...shape, name: `${name} with a recurrent agent`, late: { agent: true }, recurrent: true },
  ];
}

function countingSubject<S extends Schema>(
  graph: Pipeline<S>['graph'],
  config: Config<S>,
  habits: Habits,
): GraphSubject {
  const envs = new CountingEnvs(habits);
  const agent = new CountingAgent(habits);
  const learner = new CountingLearner(habits);
  const ring = countingRing(habits);
  const save = () => ({ t: envs.t, agent: agent.save(), updates: learner.updates, digest: learner.digest });
  return {
    graph: graph({ envs, kinds: { agent: { agent, ring, learner } }, config }),
    envs,
    agent,
    save,
    load(saved) {
      const { t, agent: state, updates, digest } = saved as ReturnType<typeof save>;
      envs.t = t;
      agent.load(state);
      learner.updates = updates;
      learner.digest = digest;
    },
    assertClosed() {
      same(true, envs.turn.isOpen, 'turn.isOpen');
      // The ring has one slot: it can be begun only if it was given back.
      if (!habits.at) ring.begin().abandon();
    },
  };
}

type Text<C> = Pick<LawText<Shape, C, Promise<void>>, 'name' | 'says' | 'holds' | 'every'>;

/** A law with nothing to be drawn. */
function once(text: Text<null>): Law<Shape> {
  return slowLaw({ ...text, every: Number.POSITIVE_INFINITY, cases: () => fc.constant(null) });
}

/** A law of a moment: in which stage, and at which of its calls. */
function atAnyMoment(text: Text<{ stage: Stage; call: number }>): Law<Shape> {
  const call = fc.integer({ min: 1, max: 40 });
  const cases = ({ stages }: Shape) => fc.record({ stage: fc.constantFrom(...stages), call });
  return slowLaw({ ...text, every: 2.5, cases });
}

/** The laws of the stream, for a shape of pipeline. */
export const graphLaws: readonly Law<Shape>[] = [
  once({
    name: 'each-once',
    says: 'Every observation is emitted and inferred once, over many iterations.',
    async holds(shape) {
      const subject = build(shape);
      const metrics = await iterate(subject, 40);
      const steps = upTo(40 * shape.stepsPerIteration);
      same(40, metrics.length, 'iterations');
      same(steps, subject.envs.observed, 'observed');
      same(steps, subject.agent.inferred, 'inferred');
      same(steps.length, subject.agent.state, 'state');
      same(3 * steps.length, metrics.at(-1)?.steps, 'metrics.steps');
      subject.assertClosed();
    },
  }),
  atAnyMoment({
    name: 'errors',
    says: 'An error of any stage is reported once, all is given back, and it can go on.',
    async holds(shape, { stage, call }) {
      let calls = 0;
      let armed = true;
      const subject = build(shape, (name) => {
        if (armed && name === stage && ++calls === call) throw new Error(`fault in ${stage}`);
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
      same([`fault in ${stage}`], outcomes, 'outcomes');
      subject.assertClosed();
      const { stepped } = subject.envs;
      await settle();
      same(stepped, subject.envs.stepped, 'steps after the error');
      armed = false;
      await iterate(subject, 2);
      same(stepped + 2 * shape.stepsPerIteration, subject.envs.stepped, 'steps');
    },
  }),
  atAnyMoment({
    name: 'unsubscription',
    says: 'When it is unsubscribed, at any moment, env steps stop at once.',
    async holds(shape, { stage, call }) {
      let calls = 0;
      // Not by a Subscription: there is none yet while the first iteration runs synchronously.
      const leave = new Subject<void>();
      let stepped = Number.NaN;
      const subject = build(shape, (name) => {
        if (name !== stage || ++calls !== call) return;
        // A step that is being asked for is under way; none may follow.
        stepped = subject.envs.stepped + +(stage === 'step');
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
      same(stepped, subject.envs.stepped, 'steps');
      subject.assertClosed();
      await iterate(subject, 2);
      same(stepped + 2 * shape.stepsPerIteration, subject.envs.stepped, 'steps');
      // Else it would have moved twice for one observation.
      same(subject.envs.t, subject.agent.state, 'recurrent state');
    },
  }),
  once({
    name: 'boundaries',
    says: 'It stops at the end of an iteration.',
    async holds(shape) {
      const subject = build(shape);
      const iterations = await lastValueFrom(
        subject.graph.pipe(
          turns(() => subject.envs.stepped < 5.5 * shape.stepsPerIteration),
          toArray(),
        ),
      );
      same(6, iterations.length, 'iterations');
      same(6 * shape.stepsPerIteration, subject.envs.stepped, 'steps');
    },
  }),
  once({
    name: 'stop-save-load',
    says: 'Stopped, saved, loaded and run on, it is where it would be if it had never stopped.',
    async holds(shape) {
      const whole = build(shape);
      await iterate(whole, 10);
      const first = build(shape);
      await iterate(first, 5);
      const second = build(shape);
      second.load(structuredClone(first.save()));
      await iterate(second, 5);
      same(whole.save(), second.save(), 'saved');
    },
  }),
  once({
    name: 'takes-turns',
    says: 'What a consumer does not take is left to the next subscription.',
    async holds(shape) {
      const subject = build(shape);
      await lastValueFrom(
        subject.graph.pipe(
          turns(() => true),
          take(3),
        ),
      );
      await settle();
      same(3 * shape.stepsPerIteration, subject.envs.stepped, 'steps');
      await iterate(subject, 1);
      same(upTo(4 * shape.stepsPerIteration), subject.envs.observed, 'observed');
    },
  }),
  once({
    name: 'one-at-a-time',
    says: 'A second graph over the same envs is refused.',
    async holds(shape) {
      const subject = build(shape);
      const errors: Error[] = [];
      const first = subject.graph.pipe(turns(() => true)).subscribe();
      subject.graph.subscribe({ error: (error) => errors.push(error) });
      await settle();
      first.unsubscribe();
      if (subject.envs.stepped > shape.stepsPerIteration && errors.length === 0) return;
      if (!/already being observed|in use/.test(errors[0]?.message ?? ''))
        throw new Breach(
          { got: errors[0]?.message },
          `expected an error that says so, got ${errors[0]?.message}`,
        );
    },
  }),
  once({
    name: 'flat',
    says: '100,000 iterations run on a flat stack and a flat heap.',
    async holds({ build: make, late, recurrent }) {
      const subject = make({ rows: 1, numSteps: 1, late, recurrent });
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
      if (grown >= 2 ** 20) throw new Breach({ got: grown }, `the heap grew by ${grown} bytes`);
    },
  }),
];

/** A suite of tests of the laws of the stream. */
export function describeGraph(shape: Shape, options?: DescribeOptions): void {
  describeLaws(`the graph: ${shape.name}`, graphLaws, shape, { timeout: 120_000, ...options });
}

function build(shape: Shape, at?: Habits['at']): GraphSubject {
  const { stepsPerIteration, late, recurrent } = shape;
  return shape.build({ rows: 3, numSteps: stepsPerIteration, late, recurrent, at });
}

function iterate(subject: GraphSubject, count: number): Promise<Metrics[]> {
  let left = count;
  return lastValueFrom(
    subject.graph.pipe(
      turns(() => --left > 0),
      toArray(),
    ),
  );
}

function upTo(t: number): number[] {
  return Array.from({ length: t }, (_, i) => i);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
