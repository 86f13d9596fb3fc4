import { decodeCheckpoint } from '../lib/checkpoint.ts';
import { contents } from '../lib/contents.ts';
import { CheckpointError } from '../lib/errors.ts';
import type { AnyPipeline } from '../pipelines/pipeline.ts';
import { prebuilt } from '../pipelines/prebuilt.ts';
import { tuned } from '../pipelines/tuned.ts';
import { unknown } from './arguments.ts';

/** What an env is trained with, and what is changed of its defaults. */
export interface Choice {
  readonly pipeline: AnyPipeline;
  readonly changes: object;
}

const all: readonly AnyPipeline[] = Object.values(prebuilt);

/** What pipelines can be called. */
export const pipelineNames: readonly string[] = Object.keys(prebuilt);

/**
 * The pipeline of that name, or the first that the env is tuned for, or PPO.
 *
 * @param id of the env; undefined: any
 * @throws UsageError if there is none of that name
 */
export function choosePipeline(id: string | undefined, name?: string): Choice {
  const settings: Readonly<Record<string, object | undefined>> = (id !== undefined && tuned[id]) || {};
  const pipeline = pipelineNamed(name ?? Object.keys(settings)[0] ?? prebuilt.ppo.name);
  // Pipelines of the same graph have the same keys: what suits one is a start for another.
  const kin = all.find(({ name, graph }) => graph === pipeline.graph && settings[name]);
  return { pipeline, changes: settings[pipeline.name] ?? (kin && settings[kin.name]) ?? {} };
}

function pipelineNamed(name: string): AnyPipeline {
  const found = all.find((pipeline) => pipeline.name.toLowerCase() === name.toLowerCase());
  if (!found) throw unknown('pipeline', name, pipelineNames);
  return found;
}

/** The pipeline of a run that was saved. @throws CheckpointError if it is no run, or of a pipeline that has no name here */
export function savedPipeline(bytes: Uint8Array): AnyPipeline {
  const { pipeline: name } = contents(
    'pipeline',
    ['config', 'agent', 'parts', 'run'],
    decodeCheckpoint(bytes).values,
  );
  const found = all.find((pipeline) => pipeline.name === name);
  if (found) return found;
  throw new CheckpointError(`checkpoint: expected a run of ${pipelineNames.join(', ')}, got one of ${name}`);
}
