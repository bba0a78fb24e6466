import { ActivityReport, ReportReference } from '../wire/activity-report.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Identities and keys of an account that did not sign in for so many days. */
export const inactiveIdentities = async (
  client: Client,
  account: string,
  days: number,
): Promise<ActivityReport> => {
  const path = `/v1/activity/accounts/${segment(account)}/report`;
  const query = { type: 'inactive', duration: String(days * 24) };
  const { body } = await client.send({ method: 'POST', path, query, answer: ReportReference });
  const report = `${path}/${segment(body.reference)}`;
  return (await client.send({ method: 'GET', path: report, answer: ActivityReport })).body;
};
