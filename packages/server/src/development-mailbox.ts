/** The mailbox of a development installation: an SMTP server on loopback, its page, and the connection to it. */
import { join } from 'node:path';
import { startMailbox } from './connectors/email/index.ts';
import type { HttpServer } from './http/index.ts';
import { mailboxRoutes } from './mailbox-routes.ts';
import type { SmtpServer } from './notifications/index.ts';

export interface DevelopmentMailbox {
  /** Adds the page to a server. */
  serve(server: HttpServer): void;
  /** Takes the control plane's own mail. */
  readonly server: SmtpServer;
  /** Of kind `smtp`, for the environment of a product. */
  readonly connection: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startDevelopmentMailbox(dataDir: string, from: string): Promise<DevelopmentMailbox> {
  const mailbox = await startMailbox({ folder: join(dataDir, 'mailbox') });
  return {
    serve: (server) => mailboxRoutes(server, { folder: mailbox.folder }),
    server: { host: '127.0.0.1', port: mailbox.port, from },
    connection: { host: '127.0.0.1', port: mailbox.port, from, mailbox: mailbox.folder },
    close: async () => mailbox[Symbol.asyncDispose](),
  };
}
