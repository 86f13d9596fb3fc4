import { lastValueFrom, tap, toArray } from 'rxjs';
import type { AnyEnv } from '../../lib/env/env.ts';
import { openRun, type RunMetrics } from '../../pipelines/openRun.ts';
import type { AnyPipeline, OpenOptions } from '../../pipelines/pipeline.ts';

/** What is told of an iteration, without the times. */
function told({ rolloutTime: _, updateTime: __, seconds: ___, sps: ____, ...metrics }: RunMetrics) {
  return metrics;
}

/** Some iterations of a run: what was told, the hash of the weights, the whole run and its agent. */
export async function iterate(
  env: AnyEnv,
  pipeline: AnyPipeline,
  from: object | Uint8Array,
  count: number,
  options: OpenOptions = {},
) {
  const run = await openRun(env, pipeline, from, options);
  try {
    let left = count;
    const stopping = tap<RunMetrics>(() => {
      if (--left <= 0) run.stop();
    });
    const metrics = await lastValueFrom(run.metrics.pipe(stopping, toArray()));
    const [saved, agent] = [run.save(), run.saveAgent()];
    return { metrics: metrics.map(told), weights: run.weightsSha256(), saved, agent };
  } finally {
    run.close();
  }
}
