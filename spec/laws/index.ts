/** pufferflow/laws: what holds always, for one's own spaces, envs, operators and pipelines. */
export * from './arbitraries.ts';
export { Breach, LawError, type Place } from './breach.ts';
export { columnarLaws } from './columnar/index.ts';
export { type DescribeOptions, describeEnv, describeLaws } from './describe.ts';
export { envLaws } from './envLaws.ts';
export { type Bounds, type Law, type LawOptions, type LawText, law, slowLaw } from './law.ts';
export type { Log } from './log.ts';
export * from './plays.ts';
export { structuredLaws } from './structured/index.ts';
export { vectorLaws } from './vector/index.ts';
