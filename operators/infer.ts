import type { OperatorFunction } from 'rxjs';
import type { Agent } from '../lib/nouns.ts';
import type { Decision, Observation } from '../lib/records.ts';
import { answer } from './answer.ts';

/** Asks the agent for the actions, log-probabilities and values of every observation. */
export function infer(agent: Agent): OperatorFunction<Observation, Decision> {
  return answer((observation) => agent.infer(observation));
}
