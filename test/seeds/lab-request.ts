/**
 * Writes a text over TLS and prints what comes back until the other side closes: a request from inside a lab, where the
 * test itself is not. Standard input: the host name on the first line, then the text.
 */
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

const input = await text(process.stdin);
const end = input.indexOf('\n');
const host = input.slice(0, end);
const socket = connect({ host, servername: host, port: 443 });
// a server that has heard enough may cut the rest of what it is told: what it said before that is the answer
socket.on('error', (error) => console.error(error.message));
socket.pipe(process.stdout);
socket.write(input.slice(end + 1));
