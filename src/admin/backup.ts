import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { type BackupRun, Backups, type PruneChoice, parseOpeningKey, UNCONFIRMED } from '../backup/room.ts';
import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import { duration } from '../config/values.ts';
import { backupSettings, matchEngines, openBlobs, VERSION } from '../engines.ts';
import { keyIdOf } from '../key-id.ts';
import { ByteHold, judgePosition, Leases } from '../lifecycle/room.ts';
import { silentLog } from '../observe/log.ts';
import { systemActor } from '../principal.ts';
import type { BackupArguments } from './backup-arguments.ts';
import { openOffline } from './offline.ts';
import { UsageError } from './usage-error.ts';

const LISTED = 100;
const RUNS = 20;
const asked = { actor: systemActor('backup'), accountId: null };

type Act = (backups: Backups, own: BackupArguments) => Promise<number>;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printJson = (value: unknown): void => print(JSON.stringify(value));

/**
 * `tidegate backup --offline`: what the server does when it is asked, by the owner of the machine, where none runs. Any place
 * is allowed. With PostgreSQL it works beside servers, too.
 */
export const backup = async ({ config }: Loaded, own: BackupArguments): Promise<number> => {
  await using offline = await openOffline(config);
  const { database, folder, masterKey } = offline;
  await using blobs = await openBlobs(config, folder, database);
  const { store } = blobs;
  const installation = await matchEngines(database, store, systemClock);
  const { fault } = await judgePosition({ db: database.db, store, installation, alone: database.alone });
  // a backup of rows and bytes of two times would keep the fault, and could drive out a good one
  if (fault && own.action === 'take') throw new Error(fault.message);
  const leases = new Leases(database, systemClock);
  await leases.start();
  await using backups = new Backups({
    ...{ database, store, leases, masterKey },
    ...backupSettings(config, folder),
    byteHold: new ByteHold(database, systemClock),
    clock: systemClock,
    // what it does is printed; what goes wrong is thrown
    log: silentLog(),
    product: VERSION,
    offline: true,
  });
  return await ACTS[own.action](backups, own);
};

const ACTS: Readonly<Record<BackupArguments['action'], Act>> = {
  take: async (backups, { place, json }) => {
    const run = await backups.take(asked, place, new AbortController().signal);
    if (json) printJson(run);
    else printRun(run);
    const { id, isConfirmed } = await backups.key();
    if (!isConfirmed) process.stderr.write(`Warning: ${UNCONFIRMED} (key ${id})\n`);
    return run.damaged === 0 ? 0 : 1;
  },
  status: async (backups, { json }) => {
    const runs = await backups.latest(RUNS);
    if (json) printJson({ key: await backups.key(), runs });
    else for (const run of runs) printRun(run);
    return 0;
  },
  list: async (backups, { place, json }) => {
    const listed = await backups.list(place, LISTED);
    if (json) printJson(listed);
    else {
      for (const each of listed.snapshots) {
        if ('fault' in each) print(`${each.id}   ${each.fault}`);
        else print(`${each.id}   ${each.manifest.blobs} blobs   ${each.manifest.bytes} bytes`);
      }
      print(`${listed.total} backups in ${listed.target}`);
    }
    return 0;
  },
  verify: async (backups, { place, snapshot, privateKey, json }) => {
    const key = privateKey === undefined ? undefined : parseOpeningKey(readFileSync(privateKey, 'utf8'));
    let findings = 0;
    const request = { where: place, snapshot, ...(key && { key }) };
    for await (const event of backups.verify(request, new AbortController().signal)) {
      if (json) printJson(event);
      else if (event.kind === 'finding') print(`${event.fault}   ${event.name}   ${event.detail}`);
      if (event.kind !== 'end') continue;
      findings = event.findings;
      if (!json) {
        print(
          `${event.snapshots} backups with ${event.blobs} blobs (${event.bytes} bytes) ${event.read ? 'read' : 'counted; they are sealed, and are read with --private-key'}, ${event.findings} faults`,
        );
      }
    }
    return findings === 0 ? 0 : 1;
  },
  prune: async (backups, own) => {
    const choice = choiceOf(own);
    if (!own.dryRun && !own.force && !(await isWanted())) return 1;
    const { place: where, dryRun } = own;
    for await (const event of backups.prune(asked, { where, choice, dryRun }, new AbortController().signal)) {
      if (own.json) printJson(event);
      else if (event.kind === 'removed') print(event.snapshot);
      else if (event.kind === 'end') {
        const went = dryRun ? 'would go' : 'went';
        print(
          `${event.snapshots} backups and ${event.blobs} blobs (${event.bytes} bytes) ${went}, ${event.kept} backups stay`,
        );
      }
    }
    return 0;
  },
  'confirm-key': async (backups, { keyFile }) => {
    if (keyFile === undefined) throw new UsageError('name the copy of the master key with --key-file');
    const bytes = Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'base64');
    if (bytes.length !== 32) throw new Error(`${keyFile} does not hold a master key: 32 bytes in base64`);
    await backups.confirmKey(asked, keyIdOf(bytes));
    print(`It is the key that this installation needs (${keyIdOf(bytes)}).`);
    return 0;
  },
};

const printRun = ({ outcome, snapshot, target, blobs, bytes, copied, damaged, reason }: BackupRun): void => {
  if (outcome !== 'done') {
    print(`${outcome}   ${target}   ${reason ?? ''}`);
    return;
  }
  print(
    `${snapshot} in ${target}: ${blobs} blobs (${bytes} bytes), of which ${copied.blobs} (${copied.bytes} bytes) were copied now`,
  );
  if (damaged > 0)
    print(`${damaged} blobs are not in it: they were missing or damaged here (tidegate verify)`);
};

const choiceOf = ({ keep, olderThan, snapshot }: BackupArguments): PruneChoice => {
  if ([keep, olderThan, snapshot].filter((each) => each !== undefined).length !== 1)
    throw new UsageError('say which backups go with one of --keep, --older-than and --snapshot');
  if (snapshot !== undefined) return { snapshot };
  if (olderThan !== undefined) return { before: systemClock.now() - duration(olderThan) };
  if (!/^[1-9]\d{0,3}$/.test(keep ?? ''))
    throw new UsageError('--keep is a number of backups from 1 to 9999');
  return { keep: Number(keep) };
};

const isWanted = async (): Promise<boolean> => {
  if (!process.stdin.isTTY)
    throw new UsageError('this needs a confirmation and there is no terminal to ask on; use -f to go ahead');
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await question.question(
      'Backups that are removed cannot be brought back. Continue? [y/N] ',
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    question.close();
  }
};
