import type { RunMetrics } from '../pipelines/openRun.ts';
import type { Session } from './session.ts';

/** What a run came to. */
export interface Outcome {
  readonly steps: number;
  readonly seconds: number;
  readonly sps: number;
  readonly episodeReturn: number;
  readonly solvedAtSteps: number | null;
  readonly weightsSha256: string;
  /** Absolute path. */
  readonly checkpoint: string;
}

/** Tells a person, or a program, how a run goes. */
export interface Reporter {
  start(session: Session): void;
  iteration(metrics: RunMetrics): void;
  /** Iterations that are recorded as one. */
  record(metrics: RunMetrics): void;
  /** The iteration under way is the last one. */
  stopping(): void;
  /** No more iterations follow, for whatever reason. */
  close(): void;
  /** The run was saved; not called after an error. */
  end(outcome: Outcome): void;
}
