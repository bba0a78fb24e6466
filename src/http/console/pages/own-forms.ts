import { RegistryError } from '../../../errors.ts';
import type { JsonRequest } from '../../json-app.ts';
import type { Origin } from '../../origin.ts';

/**
 * Throws FORM_FOREIGN for a form that no page of ours sent. A cookie alone does not tell: another program on this host, on
 * another port, gets the same cookies sent.
 */
export const refuseForeignForm = ({ headers, raw }: JsonRequest, origin: Origin): void => {
  const site = headers['sec-fetch-site'];
  // browsers send it on TLS and on loopback; elsewhere there is the origin
  const isOurs = site === undefined ? headers.origin === origin.base(raw) : site === 'same-origin';
  if (!isOurs) throw new RegistryError('FORM_FOREIGN');
};
