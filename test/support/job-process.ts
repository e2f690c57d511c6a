// A process of its own that runs the sweep and stops dead inside a page, until it is killed: `node job-process.ts <url>
// <due> <after>`. It says so, in the middle of the transaction, when it has looked at `after` people.
import { writeSync } from 'node:fs';
import { judgeGoal } from '../../src/ips/goal-flag.ts';
import { sweepJob } from '../../src/jobs/employment-goal-sweep.ts';
import { runDue } from '../../src/jobs/run.ts';
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/store/database.ts';
import { runDeps } from '../jobs/caseload.ts';

const [, , url = '', due = '', after = ''] = process.argv;
const store = await openStore({ url: () => url }, { log: createLog('silent') });
let looked = 0;
const job = sweepJob(
  { mode: 'live', schedule: '30 6 * * 1', zone: 'Europe/London', perOwner: 10 },
  (facts) => {
    looked += 1;
    if (looked > Number(after)) {
      writeSync(1, `looked ${after}\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    return judgeGoal(facts);
  },
);
if (job !== undefined)
  await runDue(job, new Date(due), runDeps(store, 'killed'), new AbortController().signal);
