import type { AnyEnv } from '../../lib/env/env.ts';
import type { Space } from '../../lib/space/space.ts';
import { type DescribeOptions, describeLaws } from './describeLaws.ts';
import { envLaws } from './envLaws.ts';
import { describeGraph, graphLaws, shapesOf } from './graphLaws.ts';
import type { Law } from './law.ts';
import { type OperatorSubject, operatorLaws, type Step } from './operatorLaws.ts';
import { type PipelineSubject, pipelineLaws } from './pipelineLaws.ts';
import { spaceLaws } from './spaceLaws.ts';

/** A suite of tests: each law of the env is one. @throws Error where there are no `describe` and `it` */
export function describeEnv(env: AnyEnv, options?: DescribeOptions): void {
  describeLaws(`laws of ${env.id}`, envLaws(env), env, options);
}

/** The laws of a space; `name` is what the suite calls it. */
export function describeSpace(name: string, space: Space, options?: DescribeOptions): void {
  describeLaws(`laws of ${name}`, spaceLaws, space, options);
}

/** The laws of an operator that answers each record with one. */
export function describeOperator<I extends Step, O>(
  subject: OperatorSubject<I, O>,
  options?: DescribeOptions,
): void {
  describeLaws(`laws of ${subject.name}`, operatorLaws as readonly Law<never>[], subject as never, options);
}

/** The laws of a pipeline's runs on an env, and those of its graph over counting nouns. */
export function describePipeline(subject: PipelineSubject, options: DescribeOptions = {}): void {
  const { pipeline, env, config = {} } = subject;
  const asked = (laws: readonly Law<never>[]) => {
    const names = laws.map(({ name }) => name);
    return options.only ? options.only.filter((name) => names.includes(name)) : names;
  };
  describeLaws(`laws of ${pipeline.name} on ${env.id}`, pipelineLaws, subject, {
    ...options,
    only: asked(pipelineLaws),
  });
  for (const shape of shapesOf(pipeline, config))
    describeGraph(shape, { ...options, only: asked(graphLaws) });
}
