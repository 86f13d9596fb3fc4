import type { AnyEnv } from '../../lib/env/env.ts';
import { isStructured } from '../../lib/env/kinds.ts';
import { columnarLaws } from './columnar/index.ts';
import type { Law } from './law.ts';
import { structuredLaws } from './structured/index.ts';
import { vectorLaws } from './vector/index.ts';

/** The laws of an env: of its form, and of its worlds in a vector. */
export function envLaws(env: AnyEnv): readonly Law<AnyEnv>[] {
  const own = isStructured(env) ? structuredLaws : columnarLaws;
  return [...(own as readonly Law<AnyEnv>[]), ...vectorLaws];
}
