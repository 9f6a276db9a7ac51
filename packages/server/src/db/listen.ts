import type pg from 'pg';
import { type ConnectionSettings, openSessionPool } from './connection.ts';

export interface ListenOptions {
  readonly applicationName: string;
  /** A name of our own, never from outside. */
  readonly channel: string;
  /** Called for each message, and with nothing after each gap in which messages may have been lost. */
  readonly onMessage: (payload: string | undefined) => void;
}

const RECONNECT_MS = 1_000;

/** Listens to one channel for as long as the process likes, and takes up again after a lost connection. */
export function listen(connection: ConnectionSettings, options: ListenOptions): { close(): Promise<void> } {
  const pool = openSessionPool(connection, 'operator', { applicationName: options.applicationName, max: 1 });
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let held: pg.PoolClient | undefined;

  const open = async (): Promise<void> => {
    if (closed) return;
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      const mine = client;
      held = mine;
      mine.on('notification', ({ payload = '' }) => options.onMessage(payload));
      mine.once('error', () => again(mine));
      mine.once('end', () => again(mine));
      await mine.query(`listen ${options.channel}`);
      options.onMessage(undefined);
    } catch {
      again(client);
    }
  };
  const drop = (client: pg.PoolClient | undefined): void => {
    client?.removeAllListeners('end');
    client?.removeAllListeners('notification');
    client?.release(true);
  };
  const again = (client: pg.PoolClient | undefined): void => {
    if (client !== undefined && client !== held) return;
    held = undefined;
    drop(client);
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void open();
    }, RECONNECT_MS);
  };
  void open();

  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      // The pool waits for clients that are out, and this one is out for as long as it listens.
      drop(held);
      held = undefined;
      await pool.end();
    },
  };
}
