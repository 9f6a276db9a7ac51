import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { FaultName } from '../../kit/testing/contract-suite.ts';
import { closedPort, faultyServer, portOf } from '../../kit/testing/faulty-server.ts';

export interface Opened extends AsyncDisposable {
  readonly port: number;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-mail-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A real SMTP server on loopback. */
export async function smtpServer(options: SMTPServerOptions): Promise<Opened> {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth: (_auth, _session, done) => done(null, { user: 'anyone' }),
    ...options,
  });
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: portOf(listener.address()),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** An SMTP server that keeps the raw messages it took. */
export async function keepingServer(kept: string[]): Promise<Opened> {
  return smtpServer({
    onData: (stream, _session, done) => {
      stream.toArray().then((chunks) => {
        kept.push(Buffer.concat(chunks).toString('utf8'));
        done(null);
      }, done);
    },
  });
}

const replying = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

/** A server that fails in the way asked for. */
export async function faultyMailServer(fault: FaultName): Promise<Opened> {
  switch (fault) {
    case 'timeout':
      return faultyServer({});
    case 'throttled':
      return smtpServer({ onMailFrom: (_address, _session, done) => done(replying(450, 'slow down')) });
    case 'server_error':
      return smtpServer({ onRcptTo: (_address, _session, done) => done(replying(421, 'shutting down')) });
    case 'malformed':
      return faultyServer({ greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    case 'unreachable':
      return { port: await closedPort(), async [Symbol.asyncDispose]() {} };
  }
}
