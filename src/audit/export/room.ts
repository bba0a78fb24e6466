import type { Job } from '../../job.ts';
import { AuditExport, type ExportParts } from './audit-export.ts';
import { FileReceiver } from './file-receiver.ts';
import type { Form } from './receiver.ts';
import { Farewells, SyslogReceiver } from './syslog-receiver.ts';

/** Where the log goes; `name` stands for it in its row and in the log. */
export type ExportTarget =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'syslog'; readonly host: string; readonly port: number; readonly name: string };

export interface ExportRoomParts extends Omit<ExportParts, 'target' | 'open'> {
  /** Undefined: the log goes nowhere, and nothing connects to anything. */
  readonly target: ExportTarget | undefined;
  /** PEM file of the authorities that may vouch for a receiver. */
  readonly ca: string | undefined;
  /** The host name in messages. */
  readonly host: string;
  /** An event in the form of the API. */
  readonly formOf: Form;
}

/** The audit log, sent elsewhere by the server itself. */
export const openAuditExport = (parts: ExportRoomParts): { readonly jobs: readonly Job[] } => {
  const { target, formOf: form, ca, host } = parts;
  if (!target) return { jobs: [] };
  const sender = { host, process: process.pid };
  const farewells = new Farewells();
  const open = (signal: AbortSignal) =>
    target.kind === 'file'
      ? FileReceiver.open(target.path, form)
      : SyslogReceiver.open(target, { ca, form, sender, farewells, signal });
  const exported = new AuditExport({ ...parts, target: target.name, open });
  return {
    jobs: [
      { name: 'export-audit-log', period: 5_000, of: 'installation', run: (signal) => exported.run(signal) },
    ],
  };
};
