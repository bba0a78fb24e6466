import type { BrowserContext, Route } from 'playwright-core';
import type { ConsoleSession } from '../../src/wire/console-session.ts';
import { basic, type TestRegistry } from '../support/registry.ts';

const claimsOf = (token: string): { iam_id: string; name?: string; sub?: string } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/**
 * Answers in the place of the session door, until that is there: whose key is typed is signed in. Rights are asked of the
 * registry, one question after the other.
 */
export const standInForSession = async (context: BrowserContext, registry: TestRegistry): Promise<void> => {
  let login: { access_token: string; refresh_token: string } | undefined;
  const sessionOf = ({ access_token: token }: { access_token: string }): ConsoleSession => {
    const { iam_id, name, sub } = claimsOf(token);
    return {
      user: { iam_id, name: name ?? sub ?? iam_id },
      accounts: [{ id: registry.accountId, name: 'birds inc' }],
      is_operator: iam_id === registry.ownerIamId,
      providers: [],
      version: '0.1.0',
    };
  };
  await context.route('**/console/session', async (route) => {
    const method = route.request().method();
    if (method === 'DELETE') login = undefined;
    if (method === 'POST') {
      const { apikey } = route.request().postDataJSON() as { apikey: string };
      login = await registry.login(apikey, 'bx');
    }
    await route.fulfill({ json: login ? sessionOf(login) : { providers: [], version: '0.1.0' } });
  });
  await context.route('**/console/session/token', async (route) => {
    const response = await registry.fetch('/identity/token', {
      method: 'POST',
      headers: { Authorization: basic('bx', 'bx') },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: login?.refresh_token ?? '',
      }),
    });
    if (!response.ok) return route.fulfill({ status: 401, json: {} });
    login = (await response.json()) as { access_token: string; refresh_token: string };
    await route.fulfill({ json: { access_token: login.access_token, expires_in: 900 } });
  });
  await context.route('**/v1/explain', explainEach);
};

const UNKNOWN = { allowed: false, because: 'unknown', resource: '', groups: [], policies: [] };

/** A list of questions, as one after the other. */
const explainEach = async (route: Route): Promise<void> => {
  const request = route.request();
  const { questions } = (request.postDataJSON() ?? {}) as { questions?: { action: string }[] };
  if (!questions) return route.continue();
  const { authorization = '' } = await request.allHeaders();
  const explanations: unknown[] = [];
  for (const question of questions) {
    const response = await fetch(request.url(), {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
    explanations.push(response.ok ? await response.json() : { ...UNKNOWN, action: question.action });
  }
  await route.fulfill({ json: { explanations } });
};
