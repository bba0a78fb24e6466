import { type AuditedEvent, severityOf } from '../events/room.ts';
import type { Form } from './receiver.ts';

/** Octets of a message that receivers should take (RFC 5424, section 6.1; RFC 5425, section 4.3.1). */
const LONGEST_MESSAGE = 2048;
/** Log audit. */
const FACILITY = 13;
const SEVERITIES = { critical: 2, warning: 4, normal: 6 } as const;
const APP = 'tidegate';
const NOTHING = '-';

/** Where and by whom messages are made. */
export interface Sender {
  readonly host: string;
  readonly process: number;
}

/**
 * An event as a message of RFC 5424 with the length in front that RFC 5425 wants. The event is JSON in ASCII: it needs no byte
 * order mark, and has no line feed.
 */
export const syslogFrame = (event: AuditedEvent, form: Form, sender: Sender): string => {
  const message = syslogMessage(event, form, sender);
  return `${Buffer.byteLength(message)} ${message}`;
};

/** The same without the length. What makes it too long is left out: first what changed, then what tells least. */
const syslogMessage = (event: AuditedEvent, form: Form, { host, process }: Sender): string => {
  const priority = FACILITY * 8 + SEVERITIES[severityOf(event)];
  const time = new Date(event.at).toISOString();
  const head = [`<${priority}>1`, time, word(host, 255), APP, process, word(event.action, 32), NOTHING];
  const begin = `${head.join(' ')} `;
  for (const shortened of shorter(event)) {
    const text = begin + ascii(JSON.stringify(form(shortened)));
    if (text.length <= LONGEST_MESSAGE) return text;
  }
  const { number, id, action, outcome } = event;
  return begin + ascii(JSON.stringify({ id, sequence: number, action, outcome }));
};

const CUT = 100;

function* shorter(event: AuditedEvent): Iterable<AuditedEvent> {
  yield event;
  const without = { ...event, changed: undefined };
  yield without;
  const plain = { ...without, claims: undefined, agent: cut(event.agent) };
  yield plain;
  const { reason, reference, targetName, requestId, replica } = event;
  yield {
    ...plain,
    reason: cut(reason),
    reference: cut(reference),
    targetName: cut(targetName),
    requestId: cut(requestId),
    replica: cut(replica),
    target: event.target.slice(0, CUT),
    principal: event.principal.slice(0, CUT),
  };
}

const cut = (text: string | undefined): string | undefined => text?.slice(0, CUT);

/** Printable ASCII without spaces, as the fields of the head are. */
const word = (text: string, longest: number): string =>
  text.replaceAll(/[^!-~]/g, '?').slice(0, longest) || NOTHING;

/** JSON with everything beyond ASCII escaped. */
const ascii = (json: string): string =>
  json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
