import { RegistryError } from '../../errors.ts';
import { DeviceAuthorization } from '../../wire/tokens.ts';
import { BeginLimit } from '../begin-limit.ts';
import type { Bodies } from '../bodies.ts';
import { DEVICE_PAGE } from '../console-addresses.ts';
import { acceptForms } from '../form.ts';
import type { JsonApp } from '../json-app.ts';
import { networkOf } from '../network.ts';
import { clientOf, publicClientOf } from './clients.ts';
import { machineNameOf } from './machine-name.ts';
import type { IdentityParts } from './parts.ts';

/** Logins that one network begins in ten minutes: people begin them, and each is kept for as long. */
const MOST_BEGUN = 100;

/** POST /identity/device_authorization (RFC 8628): a machine without a browser begins a login. */
export const deviceAuthorizationRoutes = (app: JsonApp, parts: IdentityParts, bodies: Bodies): void => {
  acceptForms(app, bodies);
  const { externalUrl, clock, identity } = parts;
  const limit = new BeginLimit(clock, MOST_BEGUN);

  app.post(
    '/identity/device_authorization',
    {
      schema: {
        summary: 'Begin a login that a person allows in a browser elsewhere (form, RFC 8628)',
        tags: ['iam'],
        response: { 200: DeviceAuthorization },
      },
      config: { needs: 'anyone' },
    },
    async ({ body, headers, raw }, reply) => {
      const form = body instanceof URLSearchParams ? body : new URLSearchParams();
      const clientId = clientOf(headers.authorization) ?? publicClientOf(form);
      if (clientId === undefined)
        throw new RegistryError('BAD_REQUEST', {
          message: 'Property client_id must be tidegate-cli, or another client by Basic authorization.',
        });
      limit.count(networkOf(raw.address));
      const machine = machineNameOf(form.get('machine_name'));
      const begun = await identity.deviceLogins.begin({ clientId, machine, address: raw.address });
      reply.header('Cache-Control', 'no-store');
      const page = `${externalUrl}${DEVICE_PAGE}`;
      return {
        device_code: begun.deviceCode,
        user_code: begun.userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=${begun.userCode}`,
        expires_in: Math.floor((begun.expiresAt - clock.now()) / 1000),
        interval: begun.pollSeconds,
      };
    },
  );
};
