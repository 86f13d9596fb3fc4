/** The laws of envs, asked of one's own in a test suite. Run it with `npx mocha examples/thermostat.spec.ts`. */

import { describeEnv } from 'pufferflow/laws';
import thermostat from './thermostat.ts';

describeEnv(thermostat, { runs: 20 });
