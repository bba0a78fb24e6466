/** `npm run bench -- …`: measures a registry and prints what it costs. See docs/performance.md. */
import { CommanderError } from 'commander';
import { type DecisionReport, formatDecision, runDecision } from './decision/run.ts';
import { describeMachine } from './machine.ts';
import { type Options, parseOptions } from './options.ts';
import { observe } from './process.ts';
import { formatReport, type Report, reportValue } from './report.ts';
import { type Count, countAccepted, formatCounts } from './revocation/count.ts';
import { needsBareNode, runBench } from './runner.ts';
import { startBareNode } from './servers/bare-node.ts';
import { startDockerRegistry } from './servers/docker-registry.ts';
import { startTidegate } from './servers/tidegate.ts';
import { Target } from './target.ts';

const main = async (options: Options, signal: AbortSignal): Promise<Report> => {
  const machine = describeMachine();
  await using stack = new AsyncDisposableStack();
  const target = await openTarget(options, stack);
  const { peer, peerName } = await openPeer(options, stack);
  const { workloads, seconds } = options;
  const node = workloads.some(({ name }) => needsBareNode(name)) ? await startBareNode(stack) : undefined;
  const progress = (what: string) => console.error(`measuring ${what}`);
  const rows = await runBench({ workloads, target, peer, node, seconds, signal, progress });
  const beside = options.peer ? 'peer' : 'beside';
  const peers = peerName === undefined ? {} : ({ peer: peerName, peerIs: beside } as const);
  return { target: target.title, ...peers, machine, rows };
};

/** `--revocation`: on the registry at --url or one of its own. */
const countRevoked = async (options: Options, trials: number, signal: AbortSignal): Promise<Count[]> => {
  await using stack = new AsyncDisposableStack();
  const target = await openTarget(options, stack);
  const progress = (what: string) => console.error(`revoking: ${what}`);
  return await countAccepted(target, { trials, signal, progress });
};

/** `--decision`: on a registry of its own, whose database is filled beside it. */
const measureDecision = async (
  options: Options,
  rows: number,
  signal: AbortSignal,
): Promise<DecisionReport> => {
  await using stack = new AsyncDisposableStack();
  const target = await openTarget(options, stack);
  return await runDecision(target, { rows, seconds: options.seconds, signal });
};

const openTarget = (options: Options, stack: AsyncDisposableStack): Promise<Target> => {
  const { url, replica, login, namespace, pids, fsyncDelay, settings } = options;
  if (url === undefined) return startTidegate({ fsyncDelay, settings }, stack);
  return Target.open({ name: url.origin, url, replica, namespace, login, process: observe(pids) });
};

/** A missing peer is no reason not to measure: its column then stays empty and the head of the table says why. */
const openPeer = async (options: Options, stack: AsyncDisposableStack) => {
  const { beside: checkout, fsyncDelay, settings } = options;
  if (!options.peer && checkout === undefined) return { peer: undefined, peerName: undefined };
  try {
    const peer =
      checkout === undefined
        ? await startDockerRegistry(stack)
        : await startTidegate({ checkout, fsyncDelay, settings }, stack);
    return { peer, peerName: peer.title };
  } catch (error) {
    return { peer: undefined, peerName: `none: ${error instanceof Error ? error.message : String(error)}` };
  }
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error(`ended by ${signal}`)));
}
try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.decision !== undefined) {
    const report = await measureDecision(options, options.decision, interruption.signal);
    console.log(options.json ? JSON.stringify(report, null, 2) : formatDecision(report));
  } else if (options.revocation === undefined) {
    const report = await main(options, interruption.signal);
    console.log(options.json ? JSON.stringify(reportValue(report), null, 2) : formatReport(report));
    if (report.rows.some((row) => row.result.kind === 'failed')) process.exitCode = 1;
  } else {
    const counts = await countRevoked(options, options.revocation, interruption.signal);
    console.log(options.json ? JSON.stringify(counts, null, 2) : formatCounts(counts));
    if (counts.some(({ accepted, wrong }) => accepted + wrong > 0)) process.exitCode = 1;
  }
} catch (error) {
  // commander has printed its message, or the help that was asked for.
  if (!(error instanceof CommanderError))
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
