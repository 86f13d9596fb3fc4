/** pufferflow/laws: what holds always, for spaces, envs, operators and pipelines of one's own. */
export * from '../fakes/counting.ts';
export * from './arbitraries.ts';
export * from './batches.ts';
export { Breach, LawError, type Place } from './breach.ts';
export { columnarLaws } from './columnar/index.ts';
export * from './describe.ts';
export { type DescribeOptions, describeLaws } from './describeLaws.ts';
export { envLaws } from './envLaws.ts';
export { describeGraph, type GraphSubject, graphLaws, type Shape, shapesOf } from './graphLaws.ts';
export { type Bounds, type Law, type LawOptions, type LawText, law, slowLaw } from './law.ts';
export type { Log } from './log.ts';
export { type OperatorSubject, operatorLaws } from './operatorLaws.ts';
export { type PipelineSubject, pipelineLaws } from './pipelineLaws.ts';
export * from './plays.ts';
export { spaceLaws } from './spaceLaws.ts';
export { structuredLaws } from './structured/index.ts';
export { vectorLaws } from './vector/index.ts';
