import type { SystemJob } from '../../wire/system.ts';
import { type Command, OUTPUT } from '../command.ts';
import { table } from '../table.ts';

const second = (time: string): string => `${time.slice(0, 19)}Z`;

const DATABASES = { sqlite: 'SQLite', postgresql: 'PostgreSQL' } as const;

const outcomeOf = ({ failures, reason = '' }: SystemJob): string =>
  failures === 0 ? '' : `failed ${failures} times in a row: ${reason}`;

const system: Command = {
  name: 'system',
  summary: 'Show the version, the replicas, and how the jobs of the replica that answers go (operator only)',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { system: client } = await connect();
    io.begin('Reading how the server runs');
    const answer = await client.get();
    if (input.json) return io.json(answer);
    const rows = answer.jobs.map((job) => [
      job.name,
      `${job.period} s`,
      job.last_success_at === undefined ? 'not yet here' : second(job.last_success_at),
      outcomeOf(job),
    ]);
    io.lines([
      ...table([
        ['Version', answer.version],
        ['Replica', `${answer.replica}, since ${second(answer.started_at)}`],
        ['Replicas', String(answer.replicas)],
        ['Database', DATABASES[answer.database]],
      ]),
      '',
      ...table([['JOB', 'EVERY', 'LAST DONE', 'FAILURES'], ...rows]),
    ]);
    io.ok();
  },
};

export const systemCommands: readonly Command[] = [system];
